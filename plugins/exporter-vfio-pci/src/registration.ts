/** The registration count of a device: how many still stand between its driver and the end of `remove` (VFIO-17). */
import { type Completion, ContractError, type Kernel, type Op } from '@barter/core'

export class Registration {
  readonly #name: string
  readonly #gone: Completion
  #count = 1
  #registered = true

  /** Counts one for being registered. */
  constructor(kernel: Kernel, device: string) {
    this.#name = device
    this.#gone = kernel.completion(`registration(${device})`)
  }

  get count(): number {
    return this.#count
  }

  /** Can still be found by who wants to open it. */
  get registered(): boolean {
    return this.#registered
  }

  /** Take one more, for a dma-buf. False once it reached 0 (VFIO-10). */
  tryGet(): boolean {
    if (this.#count === 0) return false
    this.#count++
    return true
  }

  /** Take one for an open file. False as soon as the driver is being unbound: then the device cannot be found any more. */
  tryOpen(): boolean {
    return this.#registered && this.tryGet()
  }

  put(): void {
    if (this.#count === 0) throw new ContractError('INV-7', `the registration of ${this.#name} was dropped too often`)
    if (--this.#count === 0) this.#gone.complete()
  }

  /** From here on nobody opens the device; gives back the one for being registered (TRG-15). */
  unregister(): void {
    this.#registered = false
    this.put()
  }

  /** Wait, without limit, until everybody has given theirs back. */
  waitForAll(): Op<void> {
    return this.#gone.wait('registration')
  }
}
