/**
 * A count that one keeps above 0: as long as that one has its own, nobody who adds or takes away can tell what others did,
 * so explorers need not try the orders.
 */
import { type Kernel, type Shared, SharedCount } from '@barter/core'

export class BasedCount {
  readonly #base: Shared
  readonly #count: SharedCount
  #hasBase = true

  /** Counts one, the base. **Shape** `name`: for explorers. */
  constructor(kernel: Kernel, name: string) {
    this.#base = kernel.shared(`base of ${name}`)
    this.#count = new SharedCount(kernel, name, 1)
  }

  /** For reports and checks, which are nobody's look. */
  get now(): number {
    return this.#count.now
  }

  /** The base is there. */
  get hasBase(): boolean {
    this.#base.readValue(this.#hasBase ? 1 : 0)
    return this.#hasBase
  }

  get isZero(): boolean {
    return !this.hasBase && this.#count.read() === 0
  }

  add(): void {
    if (this.hasBase) this.#count.note(1)
    else this.#count.add()
  }

  /** **Shape** gives whether it is 0 now. */
  take(): boolean {
    return this.hasBase ? this.#count.note(-1) : this.#count.drop()
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
