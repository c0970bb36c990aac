/** Requests that began with a translation and have not landed yet: what hardware waits for when it drops one. */
import { type Fence, type Kernel, type Op, waitFor } from '@barter/core'

export class InFlight {
  readonly #kernel: Kernel
  readonly #name: string
  #count = 0
  #idle: Fence | undefined

  constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel
    this.#name = name
  }

  began(): void {
    this.#count++
  }

  landed(): void {
    this.#count--
    if (this.#count > 0) return
    this.#idle?.signal()
    this.#idle = undefined
  }

  /** They need no lock, so this ends by itself (INV-9). */
  *settled(): Op<void> {
    if (this.#count === 0) return
    this.#idle ??= this.#kernel.fence(`requests in flight of ${this.#name}`)
    yield* waitFor(this.#idle, 'requests in flight')
  }
}
