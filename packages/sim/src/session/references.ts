/** How many refer to an open file: descriptors, and system calls under way. */
import type { Kernel, Shared } from '@barter/core'

export class References {
  readonly #shared: Shared
  #count = 1

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('references to a file')
  }

  hold(): void {
    this.#count++
    this.#shared.addValue(this.#count)
  }

  /** **Shape** gives whether it was the last. */
  drop(): boolean {
    this.#count--
    // Of two who drop the second may be the last; nobody else learns from it.
    if (this.#count > 1) this.#shared.dropValue(this.#count)
    else this.#shared.writeValue(this.#count)
    if (this.#count === 0) this.#shared.readValue(0)
    return this.#count === 0
  }
}
