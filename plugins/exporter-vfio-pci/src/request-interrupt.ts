/**
 * The request interrupt: an eventfd by which the driver asks user space for the device back, at once when it is unbound
 * and every ten seconds from then on (TRG-15).
 *
 * No thread signals it. Nothing but a look can tell whether it was, so a look works it out from the time.
 */
import type { Kernel } from '@barter/core'

/** **Units** ticks. */
export const REQUEST_PERIOD = 10_000_000

export class RequestInterrupt {
  readonly #kernel: Kernel
  #armed = false
  #askedAt: number | undefined
  /** Signals that came before it was armed, or were seen. */
  #seen = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** User space wants to hear of it from now on. */
  arm(): void {
    this.#armed = true
    this.#seen = this.#signals
  }

  /** The last file was closed. */
  disarm(): void {
    this.#armed = false
  }

  /** The driver wants the device back, and says so until it has it. */
  ask(): void {
    this.#askedAt ??= this.#kernel.now()
  }

  /** Was it signalled since the last look? */
  look(): boolean {
    const signals = this.#signals
    const signalled = this.#armed && signals > this.#seen
    this.#seen = signals
    return signalled
  }

  get #signals(): number {
    if (this.#askedAt === undefined) return 0
    return 1 + Math.floor((this.#kernel.now() - this.#askedAt) / REQUEST_PERIOD)
  }
}
