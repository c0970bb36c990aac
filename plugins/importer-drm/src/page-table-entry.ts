/** What a GPU, or the host behind a virtual one, finds behind the addresses of an object. */
import { type Kernel, mixA, type SgTable, SharedState, wordOfAddresses } from '@barter/core'

/**
 * Hardware: it looks here for each piece that it moves, so changes go through the ring where they must not meet a job that
 * still runs.
 */
export class PageTableEntry {
  /** What the next piece finds. */
  readonly #found: SharedState<SgTable | null>
  #sets = 0

  constructor(kernel: Kernel) {
    this.#found = new SharedState<SgTable | null>(kernel, 'page table entry', null, (table) =>
      table === null ? 0 : mixA(this.#sets, wordOfAddresses(table.entries)),
    )
  }

  /** `null`: it faults there. */
  get table(): SgTable | null {
    return this.#found.read()
  }

  set(table: SgTable): void {
    this.#sets++
    this.#found.write(table)
  }

  clear(): void {
    this.#found.write(null)
  }
}
