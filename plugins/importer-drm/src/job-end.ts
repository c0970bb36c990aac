/** How one job ended: written by who ran it, read by who waited for it. */
import { type AccessResult, hashOfText, type Kernel, type Shared } from '@barter/core'

export class JobEnd {
  /** For explorers. */
  readonly #shared: Shared
  #result: AccessResult = { ok: false, status: 'lost' }

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('end of a job')
  }

  get result(): AccessResult {
    // Bytes are no small number: they are known by who read them.
    if (this.#result.data === undefined) this.#shared.readValue(this.#value)
    else this.#shared.read()
    return this.#result
  }

  set result(result: AccessResult) {
    this.#result = result
    if (result.data === undefined) this.#shared.writeValue(this.#value)
    else this.#shared.write()
  }

  get #value(): number {
    const { status, errno, rule } = this.#result
    return hashOfText(`${status} ${errno} ${rule}`)
  }
}
