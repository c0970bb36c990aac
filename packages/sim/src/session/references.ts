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
    // Two who drop may change places as long as neither can come to be the last.
    if (this.#count > 1) this.#shared.addValue(this.#count)
    else {
      this.#shared.readValue(this.#count)
      this.#shared.writeValue(this.#count)
    }
    return this.#count === 0
  }
}
