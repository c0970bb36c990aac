/**
 * What is known of sorts of things, from all runs so far: how threads share them, and in which order locks are taken. It only ever
 * grows. Things of a kind and of groups of one class are of one sort.
 */
import type { SavedThings } from './saved-search.ts'

/** Things of this sort are touched by several threads, in conflict. */
export const SHARED = 1
/** No single lock is held at every access. */
export const OPEN = 2
/** Nor is one held at every change and at every look under some lock. */
export const OPEN_TO_CHANGE = 4
/** Of a lock: some thread tries it without waiting. */
export const TRIED_HERE = 8
/** Of the order of a list: it matters, see `ListRounds` and `Hearsay`. */
export const ORDERED = 16
/** Of a count that is kept only to be shown: somebody reads it; changes were left out, as nobody did. */
export const ASKED = 32
export const LEFT_OUT = 64
const OF_COUNTS = ASKED | LEFT_OUT

const SORTS = 32
const NONE: ReadonlySet<number> = new Set()

export class KnownSorts {
  /** Changes whenever more is known. */
  version = 0
  readonly #sorts = new Map<number, number>()
  readonly #keys: number[] = []
  #flags = new Uint8Array(SORTS)
  /** For each sort of lock, the sorts that were taken or wanted while it was held. */
  readonly #under = new Map<number, Set<number>>()

  /** The number of a sort. **Shape** `key`: the same from run to run, and in every process. */
  numberOf(key: number): number {
    const known = this.#sorts.get(key)
    if (known !== undefined) return known
    const sort = this.#sorts.size
    if (sort >= this.#flags.length) {
      const flags = new Uint8Array(this.#flags.length * 2)
      flags.set(this.#flags)
      this.#flags = flags
    }
    this.#sorts.set(key, sort)
    this.#keys[sort] = key
    return sort
  }

  keyOf(sort: number): number {
    return this.#keys[sort] as number
  }

  has(sort: number, flag: number): boolean {
    return ((this.#flags[sort] as number) & flag) !== 0
  }

  /** That holds for the sort. **Shape** gives whether it was unknown. */
  raise(sort: number, flag: number): boolean {
    if (this.has(sort, flag)) return false
    this.#flags[sort] = (this.#flags[sort] as number) | flag
    // That changes are left out is of no consequence until somebody asks.
    if (flag !== LEFT_OUT) this.version++
    return true
  }

  /** A lock was taken or wanted under another. **Shape** gives whether that was unknown. */
  nest(above: number, sort: number): boolean {
    const under = this.#under.get(above) ?? new Set()
    this.#under.set(above, under)
    if (under.has(sort)) return false
    under.add(sort)
    this.version++
    return true
  }

  /** Is `to` taken under `from`, or under what is taken under it? */
  leads(from: number, to: number): boolean {
    if (from === to) return true
    const seen = new Set([from])
    for (const sort of seen) {
      for (const next of this.#under.get(sort) ?? NONE) {
        if (next === to) return true
        seen.add(next)
      }
    }
    return false
  }

  /** As data, for a checkpoint and for other workers. */
  get saved(): SavedThings {
    return this.#keys.map((key, sort) => [
      key,
      this.#flags[sort] as number,
      [...(this.#under.get(sort) ?? NONE)].map((under) => this.keyOf(under)),
    ])
  }

  /** Add this. **Shape** gives whether any step may move differently now. */
  hear(saved: SavedThings): boolean {
    let matters = false
    for (const [key, flags, under] of saved) {
      const sort = this.numberOf(key)
      if (this.#hearFlags(sort, flags)) matters = true
      for (const one of under) {
        const lock = this.numberOf(one)
        if (this.nest(sort, lock) && this.leads(lock, sort)) matters = true
      }
    }
    return matters
  }

  #hearFlags(sort: number, flags: number): boolean {
    const before = this.#flags[sort] as number
    const now = before | flags
    if (now === before) return false
    this.#flags[sort] = now
    this.version++
    const more = now ^ before
    const isAsked = (more & OF_COUNTS) !== 0 && (now & ASKED) !== 0 && (now & LEFT_OUT) !== 0
    const isTold = (now & SHARED) !== 0 && (more & ~OF_COUNTS) !== 0
    return isAsked || isTold || (more & ORDERED) !== 0
  }

  /** Know this instead. */
  restore(saved: SavedThings): void {
    this.version++
    this.#sorts.clear()
    this.#keys.length = 0
    this.#under.clear()
    this.#flags = new Uint8Array(Math.max(SORTS, saved.length))
    for (const [key, flags] of saved) this.#flags[this.numberOf(key)] = flags
    for (const [key, , under] of saved) {
      if (under.length > 0) this.#under.set(this.numberOf(key), new Set(under.map((one) => this.numberOf(one))))
    }
  }
}
