/**
 * Once nothing else is left to explore, the search goes back to the places where threads were left aside for a reason that
 * turned out wrong: there all others are tried as well.
 */
import type { Descent } from './descent.ts'
import { oneOfEach } from './frame.ts'
import { type Claim, Grounds, type SavedGrounds } from './grounds.ts'

/** A claim to check, for a worker that does not know the place. */
export interface WrongPerhaps extends Omit<Claim, 'place'> {
  readonly path: readonly number[]
}

/** As data. */
export interface SavedGoingBack {
  readonly grounds: SavedGrounds
  readonly doubtful: readonly number[]
}

/** Beyond this the places would be by far the greater part of a checkpoint. */
const MOST_SAVED = 2 ** 20

export class GoingBack {
  /** The search records where it leaves threads aside. */
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

  /** **Shape** gives `undefined` when it cannot go back later: all claims have to hold then. */
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

  /** There is enough to check to give some to another worker. */
  get canGive(): boolean {
    return this.#doubtful.length > 1
  }

  /** Give half of the claims to check to another worker; nothing rests on them here any more. */
  give(): readonly WrongPerhaps[] {
    return this.#doubtful.splice(0, this.#doubtful.length >> 1).map((claim) => {
      const { place, thread, first } = this.#grounds.claimAt(claim)
      return { path: this.#grounds.pathTo(place), thread, first }
    })
  }

  /** Take claims to check, see `give`. */
  take(claims: readonly WrongPerhaps[]): void {
    for (const { path, thread, first } of claims) {
      const claim = this.#grounds.claim({ place: this.root(path), thread, first })
      if (claim >= 0) this.#doubtful.push(claim)
      else this.#descent.fail()
    }
  }

  /** Check one more claim; the search may have more to explore then. **Shape** gives whether there was one. */
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

  /** Check a claim against what is known now; if it is wrong, all others are tried at its place, too. */
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
    // It is small compared with what is done.
    frame.width = 0
  }
}
