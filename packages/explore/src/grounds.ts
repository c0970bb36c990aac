/**
 * Where a search has left threads aside, and in favour of which others: when that turns out wrong for some places, it goes back
 * to those alone.
 */
import { grown } from './grown.ts'

/** Places beyond this have no ground: when one turns out wrong, the search starts over. */
const MOST = 2 ** 22
const ENTRIES = 1024
const ROOT = -1

/** At a place `thread` went first, on the claim that only `first` had to be tried. */
export interface Claim {
  readonly place: number
  readonly thread: number
  readonly first: readonly number[]
}

/** As data: the used part of each column. */
export interface SavedGrounds {
  readonly before: readonly number[]
  readonly by: readonly number[]
  readonly steps: readonly number[]
  readonly place: readonly number[]
  readonly thread: readonly number[]
  readonly first: readonly number[]
  readonly firsts: readonly (readonly number[])[]
  readonly whole: readonly number[]
}

export class Grounds {
  #places = 0
  /** For each place: the one before it, which thread went on from there, and for how many steps. */
  #before = new Int32Array(ENTRIES)
  #by = new Int32Array(ENTRIES)
  #steps = new Int32Array(ENTRIES)
  #claims = 0
  #place = new Int32Array(ENTRIES)
  #thread = new Int32Array(ENTRIES)
  #first = new Int32Array(ENTRIES)
  readonly #firsts: (readonly number[])[] = []
  readonly #numbers = new Map<string, number>()
  /** For places that were not reached from another: the path to them. */
  readonly #ways = new Map<number, readonly number[]>()
  readonly #whole = new Set<number>()

  /** Where a search begins. **Shape** as `place`. */
  root(path: readonly number[] = []): number {
    const place = this.#add(ROOT, 0, 0)
    if (place >= 0 && path.length > 0) this.#ways.set(place, [...path])
    return place
  }

  /** **Shape** gives its number; -1 when there is no room, or the one before it has none. */
  place(before: number, by: number, steps: number): number {
    return before < 0 ? -1 : this.#add(before, by, steps)
  }

  /** **Shape** as `place`. */
  claim({ place, thread, first }: Claim): number {
    if (place < 0 || this.#claims >= MOST) return -1
    if (this.#claims >= this.#place.length) {
      this.#place = grown(this.#place)
      this.#thread = grown(this.#thread)
      this.#first = grown(this.#first)
    }
    this.#whole.delete(place)
    const claim = this.#claims++
    this.#place[claim] = place
    this.#thread[claim] = thread
    this.#first[claim] = this.#numberOf(first)
    return claim
  }

  claimAt(claim: number): Claim {
    const first = this.#firsts[this.#first[claim] as number] ?? []
    return { place: this.#place[claim] as number, thread: this.#thread[claim] as number, first }
  }

  /** The path to a place from the beginning of a run. */
  pathTo(place: number): number[] {
    const path: number[] = []
    let root = place
    for (let at = place; at >= 0; at = this.#before[at] as number) {
      for (let i = 0; i < (this.#steps[at] as number); i++) path.push(this.#by[at] as number)
      root = at
    }
    return [...(this.#ways.get(root) ?? []), ...path.reverse()]
  }

  /** All threads are tried there now, until it is claimed again that fewer suffice. */
  makeWhole(place: number): void {
    this.#whole.add(place)
  }

  isWhole(place: number): boolean {
    return this.#whole.has(place)
  }

  /** How much there is to save. */
  get size(): number {
    return this.#places + this.#claims
  }

  /** Of a search that begins at the beginning of all runs. */
  save(): SavedGrounds {
    const places = (column: Int32Array): readonly number[] => [...column.subarray(0, this.#places)]
    const claims = (column: Int32Array): readonly number[] => [...column.subarray(0, this.#claims)]
    return {
      before: places(this.#before),
      by: places(this.#by),
      steps: places(this.#steps),
      place: claims(this.#place),
      thread: claims(this.#thread),
      first: claims(this.#first),
      firsts: this.#firsts,
      whole: [...this.#whole],
    }
  }

  /** The grounds that were saved. */
  static of({ before, by, steps, place, thread, first, firsts, whole }: SavedGrounds): Grounds {
    const grounds = new Grounds()
    for (const [i, one] of before.entries()) grounds.#add(one, by[i] ?? 0, steps[i] ?? 0)
    for (const [i, one] of place.entries()) {
      grounds.claim({ place: one, thread: thread[i] ?? 0, first: firsts[first[i] ?? 0] ?? [] })
    }
    for (const one of whole) grounds.#whole.add(one)
    return grounds
  }

  #add(before: number, by: number, steps: number): number {
    if (this.#places >= MOST) return -1
    if (this.#places >= this.#before.length) {
      this.#before = grown(this.#before)
      this.#by = grown(this.#by)
      this.#steps = grown(this.#steps)
    }
    const place = this.#places++
    this.#before[place] = before
    this.#by[place] = by
    this.#steps[place] = steps
    return place
  }

  #numberOf(first: readonly number[]): number {
    const key = first.join()
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#firsts.push([...first]) - 1
    this.#numbers.set(key, number)
    return number
  }
}
