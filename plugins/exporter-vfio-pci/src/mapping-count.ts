/** How many mappings of a buffer exist, plus one for the exporter itself, and who waits for their end (VFIO-23). */
import { type Completion, ContractError, type Kernel, type Op } from '@barter/core'

export class MappingCount {
  readonly #name: string
  readonly #gone: Completion
  #count = 1

  constructor(kernel: Kernel, buffer: string) {
    this.#name = buffer
    this.#gone = kernel.completion(`unmapped(${buffer})`)
  }

  /** 1 and one for each mapping (INV-6); 0 only while a revoke is about to return. */
  get count(): number {
    return this.#count
  }

  get(): void {
    if (this.#count === 0) throw new ContractError('INV-6', `a mapping of ${this.#name} came while all were to be gone`)
    this.#count++
  }

  put(): void {
    if (this.#count === 0) throw new ContractError('INV-6', `mappings of ${this.#name} were dropped too often`)
    if (--this.#count === 0) this.#gone.complete()
  }

  /** Wait, without limit and whatever the importers do, until all are gone. */
  waitForAll(): Op<void> {
    return this.#gone.wait('unmap')
  }

  /** As after creation: one, and nobody told (REV-3). */
  rearm(): void {
    this.#count = 1
    this.#gone.rearm()
  }
}
