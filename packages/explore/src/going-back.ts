/**
 * Back to the places where threads were left aside for a reason that turned out wrong, once nothing else is left to explore:
 * from there all others go on as well.
 */
import type { Descent } from './descent.ts'
import { oneOfEach } from './frame.ts'
import { type Claim, Grounds, type SavedGrounds } from './grounds.ts'

/** A claim that is to be looked at, for somebody who does not know the place. */
export interface WrongPerhaps extends Omit<Claim, 'place'> {
  readonly path: readonly number[]
}

/** As data. */
export interface SavedGoingBack {
  readonly grounds: SavedGrounds
  readonly doubtful: readonly number[]
}

/** Then the places would be the greater part of what is saved by far. */
const MOST_SAVED = 2 ** 20

export class GoingBack {
  /** The search keeps where it left threads aside. */
  isPossible = false
  readonly #descent: Descent
  #grounds = new Grounds()
  /** Claims that may be wrong. */
  #doubtful: number[] = []

  constructor(descent: Descent) {
    this.#descent = descent
  }

  /** There is something to go back to. */
  get isUnderWay(): boolean {
    return this.#doubtful.length > 0
  }

  /** The search starts over. */
  reset(): void {
    this.isPossible = false
    this.#grounds = new Grounds()
    this.#doubtful = []
  }

  /** **Shape** `undefined` when it cannot go back later: what it rests on has to hold then. */
  save(): SavedGoingBack | undefined {
    if (!this.isPossible || this.#grounds.size > MOST_SAVED) return undefined
    return { grounds: this.#grounds.save(), doubtful: [...this.#doubtful] }
  }

  restore({ grounds, doubtful }: SavedGoingBack): void {
    this.isPossible = true
    this.#grounds = Grounds.of(grounds)
    this.#doubtful = [...doubtful]
  }

  /** **Shape** of this and the next two: see `Grounds`. */
  root(path: readonly number[] = []): number {
    return this.isPossible ? this.#grounds.root(path) : -1
  }

  place(before: number, by: number, steps: number): number {
    return this.#grounds.place(before, by, steps)
  }

  claim(claim: Claim): number {
    return this.#grounds.claim(claim)
  }

  /** There is something in it for another, too. */
  get canGive(): boolean {
    return this.#doubtful.length > 1
  }

  /** Half of what it has to look at, for another; nothing rests on that here any more. */
  give(): readonly WrongPerhaps[] {
    return this.#doubtful.splice(0, this.#doubtful.length >> 1).map((claim) => {
      const { place, thread, first } = this.#grounds.claimAt(claim)
      return { path: this.#grounds.pathTo(place), thread, first }
    })
  }

  /** See `give`. */
  take(claims: readonly WrongPerhaps[]): void {
    for (const { path, thread, first } of claims) {
      const claim = this.#grounds.claim({ place: this.root(path), thread, first })
      if (claim >= 0) this.#doubtful.push(claim)
      else this.#descent.fail()
    }
  }

  /** Look at one more such place; it may have others to go on with then. **Shape** gives whether there was one. */
  next(): boolean {
    const { sets, tally } = this.#descent
    if (!this.isPossible) return false
    if (this.#doubtful.length === 0) this.#doubtful.push(...sets.futures.takeDoubtful())
    const claim = this.#doubtful.pop()
    if (claim === undefined) return false
    this.#lookAt(claim)
    tally.look()
    return true
  }

  /** What was claimed there is looked at by what is known now; when it is wrong all others go on from there, too. */
  #lookAt(claim: number): void {
    const descent = this.#descent
    const { walker, sets } = descent
    const { place: ground, thread, first } = this.#grounds.claimAt(claim)
    if (this.#grounds.isWhole(ground)) return
    const place = descent.at(this.#grounds.pathTo(ground))
    const stretch = descent.try(place, thread)
    if (stretch === 'over') {
      descent.fail()
      return
    }
    const [whole] = stretch?.parts ?? []
    if (whole !== undefined && !sets.concernsOthers(place, first, whole.things)) {
      sets.rely(place, first, whole.things, claim)
      return
    }
    this.#grounds.makeWhole(ground)
    if (walker.depth !== place.depth) walker.back(place.depth)
    const others = oneOfEach(place, [...first, ...place.enabled]).filter((one) => !first.includes(one))
    const frame = descent.push(place, others, [], 0)
    frame.ground = ground
    // It is little beside what is done.
    frame.width = 0
  }
}
