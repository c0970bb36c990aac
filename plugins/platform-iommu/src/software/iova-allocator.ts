/**
 * The IOVA allocator: top-down, naturally aligned, never inside a reserved region (DMA-6, DMA-7).
 *
 * As Linux does it, fewer than 32 pages are rounded up to a power of two, and every range is aligned to its size
 * rounded up so. **Not modelled** the per-CPU caches and the search hint: they change which free range is taken.
 */

interface Range {
  /** First granule, and the one behind the last. */
  readonly start: number
  readonly end: number
  readonly reserved: boolean
}

/** Below so many pages sizes are rounded up (`1 << (IOVA_RANGE_CACHE_MAX_SIZE - 1)`). */
const CACHED_PAGES = 32
/** IOVA 0 is never given, so that it can stand for "none". */
const FIRST = 1

export class IovaAllocator {
  readonly #granule: number
  /** Highest first; they do not overlap. */
  readonly #taken: Range[] = []

  /** **Units** bytes a granule. */
  constructor(granule: number) {
    this.#granule = granule
  }

  /** Keep `[start, start + length)` out of use. Before the first `allocate`; parts may be reserved already. **Units** bytes. */
  reserve(start: number, length: number): void {
    let first = Math.floor(start / this.#granule)
    let end = Math.ceil((start + length) / this.#granule)
    // Join what touches, so that the list stays free of overlaps.
    for (let i = this.#taken.length - 1; i >= 0; i--) {
      const range = this.#taken[i]
      if (range === undefined || range.start > end || range.end < first) continue
      first = Math.min(first, range.start)
      end = Math.max(end, range.end)
      this.#taken.splice(i, 1)
    }
    this.#insert({ start: first, end, reserved: true })
  }

  /**
   * The highest free range that ends below `limit`. **Units** bytes, `limit` exclusive. **Shape** `undefined`: none.
   */
  allocate(size: number, limit: number): number | undefined {
    const pages = Math.ceil(size / this.#granule)
    const span = pages < CACHED_PAGES ? powerOfTwo(pages) : pages
    const alignment = powerOfTwo(pages)
    let top = Math.floor(limit / this.#granule)
    for (let i = 0; i <= this.#taken.length; i++) {
      const below = this.#taken[i]
      const floor = Math.max(FIRST, below?.end ?? FIRST)
      const start = top - span - ((top - span) % alignment)
      if (start >= floor) {
        this.#taken.splice(i, 0, { start, end: start + span, reserved: false })
        return start * this.#granule
      }
      if (below !== undefined) top = Math.min(top, below.start)
    }
    return undefined
  }

  /** Give a range back, named by its first byte. Gives false for one that was not allocated. */
  free(start: number): boolean {
    const first = start / this.#granule
    const at = this.#taken.findIndex((range) => range.start === first && !range.reserved)
    if (at < 0) return false
    this.#taken.splice(at, 1)
    return true
  }

  /** First bytes of the ranges in use. */
  get inUse(): readonly number[] {
    return this.#taken.filter((range) => !range.reserved).map((range) => range.start * this.#granule)
  }

  #insert(range: Range): void {
    const at = this.#taken.findIndex((other) => other.start < range.start)
    this.#taken.splice(at < 0 ? this.#taken.length : at, 0, range)
  }
}

function powerOfTwo(atLeast: number): number {
  let power = 1
  while (power < atLeast) power *= 2
  return power
}
