/** The registration count of a device: how many still stand between its driver and the end of `remove` (VFIO-17). */
import { type Completion, ContractError, type Kernel, type Op } from '@barter/core'
import { BasedCount } from './based-count.ts'

export class Registration {
  readonly #name: string
  readonly #gone: Completion
  readonly #count: BasedCount

  /** Counts one for being registered. */
  constructor(kernel: Kernel, device: string) {
    this.#name = device
    this.#gone = kernel.completion(`registration(${device})`)
    this.#count = new BasedCount(kernel, 'registrations of a device')
  }

  get count(): number {
    return this.#count.now
  }

  /** Can still be found by who wants to open it. */
  get registered(): boolean {
    return this.#count.hasBase
  }

  /** Take one more, for a dma-buf. False once it reached 0 (VFIO-10). */
  tryGet(): boolean {
    if (this.#count.isZero) return false
    this.#count.add()
    return true
  }

  /** Take one for an open file. False as soon as the driver is being unbound: then the device cannot be found any more. */
  tryOpen(): boolean {
    return this.registered && this.tryGet()
  }

  put(): void {
    this.#checkNotZero()
    if (this.#count.take()) this.#gone.complete()
  }

  /** From here on nobody opens the device; gives back the one for being registered (TRG-15). Gives whether others are left. */
  unregister(): boolean {
    this.#checkNotZero()
    const last = this.#count.takeBase()
    if (last) this.#gone.complete()
    return !last
  }

  /** Wait, without limit, until everybody has given theirs back. */
  waitForAll(): Op<void> {
    return this.#gone.wait('registration')
  }

  #checkNotZero(): void {
    if (this.#count.now === 0) {
      throw new ContractError('INV-7', `the registration of ${this.#name} was dropped too often`)
    }
  }
}
