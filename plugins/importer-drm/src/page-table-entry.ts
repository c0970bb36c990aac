/** What a GPU, or the host behind a virtual one, finds behind the addresses of an object. */
import { hashOfText, type Kernel, mixA, type SgTable, type Shared } from '@barter/core'

/**
 * Hardware: it looks here for each piece that it moves, so changes go through the ring where they must not meet a job that
 * still runs.
 */
export class PageTableEntry {
  /** For explorers: what the next piece finds. */
  readonly #shared: Shared
  #table: SgTable | null = null
  #sets = 0

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('page table entry')
  }

  /** `null`: it faults there. */
  get table(): SgTable | null {
    this.#shared.readValue(this.#value)
    return this.#table
  }

  set(table: SgTable): void {
    this.#table = table
    this.#sets++
    this.#shared.writeValue(this.#value)
  }

  clear(): void {
    this.#table = null
    this.#shared.writeValue(0)
  }

  /** Which table it shows, if any, as a number. */
  get #value(): number {
    if (this.#table === null) return 0
    return mixA(this.#sets, hashOfText(this.#table.entries.map(({ address }) => address).join()))
  }
}
