/** Arrays of equal length that grow together, and are saved and put back in one go. */
export class Columns {
  readonly #count: number
  #length: number
  #all: Int32Array

  constructor(count: number, length: number) {
    this.#count = count
    this.#length = length
    this.#all = new Int32Array(count * length)
  }

  /** Length of each column. */
  get length(): number {
    return this.#length
  }

  /** One view for each column; stale once `grow` was called. */
  get views(): readonly Int32Array[] {
    return Array.from({ length: this.#count }, (_, i) => this.#all.subarray(i * this.#length, (i + 1) * this.#length))
  }

  /** Double the length. */
  grow(): void {
    const before = this.views
    this.#length *= 2
    this.#all = new Int32Array(this.#count * this.#length)
    for (const [i, column] of before.entries()) this.#all.set(column, i * this.#length)
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    return 1 + this.#all.length
  }

  /** Copy all columns to `at` of `into`. **Shape** gives the index behind them. */
  save(into: Int32Array, at: number): number {
    into[at] = this.#length
    into.set(this.#all, at + 1)
    return at + 1 + this.#all.length
  }

  /** Put them back as they were; entries added by growing since are left alone. **Shape** as `save`. */
  restore(from: Int32Array, at: number): number {
    const length = from[at] as number
    const end = at + 1 + this.#count * length
    if (length === this.#length) {
      this.#all.set(from.subarray(at + 1, end))
    } else {
      for (let i = 0; i < this.#count; i++) {
        const begin = at + 1 + i * length
        this.#all.set(from.subarray(begin, begin + length), i * this.#length)
      }
    }
    return end
  }
}
