/** The error interrupt: an eventfd by which user space hears of PCI errors (TRG-17). */
import type { Kernel, Shared } from '@barter/core'

const OFF = 0
const ARMED = 1
const SIGNALLED = 2

export class ErrorInterrupt {
  readonly #shared: Shared
  #state = OFF

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('error interrupt')
  }

  /** User space wants to hear of errors from now on. */
  arm(): void {
    this.#become(ARMED)
  }

  /** The last file was closed. */
  disarm(): void {
    this.#become(OFF)
  }

  /** There was an error. */
  signal(): void {
    if (this.#now === ARMED) this.#become(SIGNALLED)
  }

  /** Was it signalled since the last look? */
  look(): boolean {
    const signalled = this.#now === SIGNALLED
    if (signalled) this.#become(ARMED)
    return signalled
  }

  get #now(): number {
    this.#shared.readValue(this.#state)
    return this.#state
  }

  #become(state: number): void {
    this.#state = state
    this.#shared.writeValue(state)
  }
}
