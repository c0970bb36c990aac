/** How many mappings of a buffer exist, plus one for the exporter itself, and who waits for their end (VFIO-23). */
import { ContractError } from './errors.ts'
import type { Completion, Kernel } from './kernel.ts'
import type { Op } from './op.ts'
import type { Shared } from './shared.ts'

/**
 * The count that an exporter keeps so that its revoke can wait for unmaps: `get` in its `map`, `put` in its `unmap` and
 * once for itself in the revoke, then `waitForAll`. **Locks** `get` and `put` for a mapping are called with the
 * reservation held; the wait without it, since an unmap needs it (REV-3).
 */
export class MappingCount {
  readonly #name: string
  readonly #gone: Completion
  /** For explorers: ups commute with each other, as downs do, but not ups with downs, which may come to 0. */
  readonly #way: Shared
  readonly #shared: Shared
  #count = 1

  /** **Shape** `buffer`: its name, for waits and reports. */
  constructor(kernel: Kernel, buffer: string) {
    this.#name = buffer
    this.#gone = kernel.completion(`unmapped(${buffer})`)
    this.#way = kernel.shared('way of a mapping count')
    this.#shared = kernel.shared('mapping count')
  }

  /** Is it `expected`? For checks of what can only be so: explorers are not told that somebody looked. */
  agrees(expected: number): boolean {
    return this.#count === expected
  }

  /** 1 and one for each mapping (INV-6); 0 only while a revoke is about to return, or after one that is for good. */
  get count(): number {
    // Neither an up nor a down passes who looks.
    this.#way.writeValue(this.#none)
    this.#shared.readValue(this.#count)
    return this.#count
  }

  /** **Errors** `ContractError` INV-6 when the count has reached 0. */
  get(): void {
    this.#way.readHere()
    if (this.#count === 0) throw new ContractError('INV-6', `a mapping of ${this.#name} came while all were to be gone`)
    this.#count++
    this.#shared.noteValue(this.#count, 1)
  }

  /** **Errors** `ContractError` INV-6 when the count is 0 already. */
  put(): void {
    if (this.#count === 0) {
      // One that is too many depends on all before it, which no other one does that only counts down.
      this.#way.readValue(this.#none)
      throw new ContractError('INV-6', `mappings of ${this.#name} were dropped too often`)
    }
    this.#count--
    this.#way.addValue(this.#none)
    this.#gone.drops()
    this.#shared.noteValue(this.#count, -1)
    if (this.#count === 0) this.#gone.complete()
  }

  /** Who comes too late can tell. */
  get #none(): number {
    return this.#count === 0 ? 1 : 0
  }

  /**
   * As the kernel does it that counts down without a look: below 0 it warns, the count stays, and nobody is told (BUG-1).
   * **Shape** gives whether it could.
   */
  putUnchecked(): boolean {
    if (this.#count === 0) {
      this.#way.readValue(this.#none)
      return false
    }
    this.put()
    return true
  }

  /**
   * Wait, without limit and whatever the importers do, until all are gone. The count reaches 0 once, and one wait takes
   * notice of it: another wait, without `rearm` and another way down to 0, never ends (BUG-1).
   */
  *waitForAll(): Op<void> {
    yield* this.#gone.wait('unmap')
    this.#gone.rearm()
  }

  /** As after creation: one, and nobody told (REV-3). */
  rearm(): void {
    this.#count = 1
    this.#way.writeValue(0)
    this.#shared.noteValue(1)
    this.#gone.rearm()
  }
}
