/**
 * The request interrupt: an eventfd by which the driver asks user space for the device back, at once when it is unbound
 * and every ten seconds from then on (TRG-15).
 *
 * No thread signals it. Nothing but a look can tell whether it was, so a look works it out from the time.
 */
import { type Kernel, mixA, type Shared } from '@barter/core'

/** **Units** ticks. */
const REQUEST_PERIOD = 10_000_000

export class RequestInterrupt {
  readonly #kernel: Kernel
  readonly #shared: Shared
  #armed = false
  #askedAt: number | undefined
  /** Signals that came before it was armed, or were seen. */
  #seen = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#shared = kernel.shared('request interrupt')
  }

  /** User space wants to hear of it from now on. */
  arm(): void {
    this.#look()
    this.#armed = true
    this.#seen = this.#signals
    this.#change()
  }

  /** The last file was closed. */
  disarm(): void {
    this.#look()
    this.#armed = false
    this.#change()
  }

  /** The driver wants the device back, and says so until it has it. */
  ask(): void {
    this.#look()
    this.#askedAt ??= this.#kernel.now()
    this.#change()
  }

  /** Was it signalled since the last look? */
  look(): boolean {
    this.#look()
    const signals = this.#signals
    const signalled = this.#armed && signals > this.#seen
    if (signals !== this.#seen) {
      this.#seen = signals
      this.#change()
    }
    return signalled
  }

  get #signals(): number {
    if (this.#askedAt === undefined) return 0
    return 1 + Math.max(0, Math.floor((this.#kernel.now() - this.#askedAt) / REQUEST_PERIOD))
  }

  #look(): void {
    this.#shared.readValue(this.#content)
  }

  #change(): void {
    this.#shared.writeValue(this.#content)
  }

  /** Times are no part of a state: threads may be late by any. */
  get #content(): number {
    return mixA(mixA(this.#armed ? 1 : 0, this.#askedAt === undefined ? 0 : 1), this.#seen)
  }
}
