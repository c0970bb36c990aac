/**
 * A count that one keeps above 0: as long as that one has its own, nobody who adds or takes away can tell what others did,
 * so explorers need not try the orders.
 */
import type { Kernel, Shared } from '@barter/core'

export class BasedCount {
  readonly #base: Shared
  readonly #count: Shared
  #hasBase = true
  #now = 1

  /** Counts one, the base. **Shape** `name`: for explorers. */
  constructor(kernel: Kernel, name: string) {
    this.#base = kernel.shared(`base of ${name}`)
    this.#count = kernel.shared(name)
  }

  /** For reports and checks, which are nobody's look. */
  get now(): number {
    return this.#now
  }

  /** The base is there. */
  get hasBase(): boolean {
    this.#base.readValue(this.#hasBase ? 1 : 0)
    return this.#hasBase
  }

  get isZero(): boolean {
    if (this.hasBase) return false
    this.#count.readValue(this.#now)
    return this.#now === 0
  }

  add(): void {
    this.#now++
    if (this.hasBase) this.#count.noteValue(this.#now)
    else this.#count.addValue(this.#now)
  }

  /** **Shape** gives whether it is 0 now. */
  take(): boolean {
    this.#now--
    if (this.hasBase) {
      this.#count.noteValue(this.#now)
      return this.#now === 0
    }
    // Of two who take the second may be the last; nobody else learns from it.
    this.#count.writeValue(this.#now)
    if (this.#now === 0) this.#count.readValue(0)
    return this.#now === 0
  }

  /** The base goes. **Shape** as of `take`. */
  takeBase(): boolean {
    this.#changeBase(false)
    return this.take()
  }

  addBase(): void {
    this.add()
    this.#changeBase(true)
  }

  #changeBase(hasBase: boolean): void {
    this.#hasBase = hasBase
    this.#base.writeValue(hasBase ? 1 : 0)
  }
}
