/** A thread yielded what nobody can wait for. It is thrown at the place, so that whoever called the driver can name it. */
import { described, driverBroken, UsageError } from '@barter/core'

const HINT = 'call what may wait with yield*: yield without the star does not run it'

export class YieldedWrong extends UsageError {
  readonly #what: string

  /** **Shape** `given`: what it yielded. */
  constructor(thread: string, given: unknown) {
    const what = `yields ${described(given)}, for which nothing can be waited`
    const { code, message } = driverBroken(`in ${thread}`, `it ${what}`, HINT)
    super(code, message, { hint: HINT })
    this.#what = what
  }

  by(driver: string, call: string): UsageError {
    return driverBroken(driver, `${call} ${this.#what}`, HINT)
  }
}
