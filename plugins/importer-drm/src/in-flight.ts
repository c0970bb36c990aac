/** Requests that began with a translation and have not landed yet: what hardware waits for when it drops one. */
import { type Fence, type Kernel, type Op, type Shared, waitFor } from '@barter/core'

export class InFlight {
  readonly #kernel: Kernel
  readonly #name: string
  /** For explorers. */
  readonly #shared: Shared
  #count = 0
  #idle: Fence | undefined

  constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel
    this.#name = name
    this.#shared = kernel.shared('requests in flight')
  }

  began(): void {
    this.#count++
    this.#shared.addValue(this.#underWay)
  }

  landed(): void {
    this.#count--
    this.#shared.addValue(this.#underWay)
    if (this.#count > 0) return
    this.#idle?.signal()
    this.#idle = undefined
  }

  /** They need no lock, so this ends by itself (INV-9). */
  *settled(): Op<void> {
    this.#shared.readValue(this.#underWay)
    if (this.#count === 0) return
    this.#idle ??= this.#kernel.fence(`requests in flight of ${this.#name}`)
    this.#shared.addValue(this.#underWay)
    yield* waitFor(this.#idle, 'requests in flight')
  }

  /** As a number: how many, and whether somebody waits for them. */
  get #underWay(): number {
    return 2 * this.#count + (this.#idle === undefined ? 0 : 1)
  }
}
