/**
 * Which threads to try at a place, leaving all others aside: as few as can be found whose steps conflict with nobody else,
 * whatever the others may do before one of these moves (a persistent set). Each choice is checked against what is learned later.
 */
import { READ } from './access-mode.ts'
import { Futures } from './futures.ts'
import type { History } from './history.ts'
import type { Stretch } from './stretch.ts'
import { Touched } from './touched.ts'

/** What is known of the threads at a place. */
export interface Standpoint {
  /** Those that can go on, ascending. */
  readonly enabled: readonly number[]
  /** What each thread knows. */
  readonly locals: readonly number[]
  /** Of each thread, the fence that it waits for; -1 for none. */
  readonly fences: readonly number[]
  /** Of each thread, who holds the lock that it waits for; -1 for nobody that is known. */
  readonly holders: readonly number[]
}

export class PersistentSets {
  /** What threads may still do, as far as that was seen. */
  futures: Futures
  readonly #history: History

  /** **Shape** `tells`: see `Futures`. */
  constructor(history: History, tells = false) {
    this.#history = history
    this.futures = new Futures(tells)
  }

  /** Other steps are joined now, so threads stop at other points: what was seen is useless. */
  forget(): void {
    this.futures = new Futures(this.futures.tells)
  }

  /**
   * Record what `thread` did when there were so many `threads`: also from between its steps, where it may have to stop in
   * another order.
   */
  record(threads: number, thread: number, { parts, here }: Stretch): void {
    const group = this.#history.groupOfThread(thread)
    const now = here.locals[thread] as number
    const born = here.locals.slice(threads)
    for (const { local, things } of parts) this.futures.record(local, group, things, this.#history, now, born)
    if (here.ended.includes(thread)) this.futures.ended(now)
  }

  /**
   * The smallest set of candidates that is likely to suffice. **Shape** gives all threads when nothing better is found.
   * `touched`: what the next stretch of each touches, as far as it is known.
   */
  choose(at: Standpoint, candidates: readonly number[], touched: ReadonlyMap<number, Touched>): readonly number[] {
    let best: readonly number[] = [...at.locals.keys()]
    let fewest = candidates.length
    for (const seed of candidates) {
      const few = this.#closureOf(seed, at, touched)
      const count = few === undefined ? Infinity : candidates.filter((thread) => few.includes(thread)).length
      if (few === undefined || count >= fewest) continue
      best = few
      fewest = count
      if (count === 1) break
    }
    return best
  }

  /** Is the next step of `thread` likely to conflict with nobody? */
  isLikelyAlone(at: Standpoint, thread: number): boolean {
    const first = [thread]
    for (let other = 0; other < at.locals.length; other++) {
      if (other === thread || !this.#likelyMeets(thread, other, at)) continue
      if (!this.#standsStill(other, at, first, undefined)) return false
    }
    return true
  }

  /** Does this conflict with a thread outside of `first` that may go on before one of `first` moves? */
  concernsOthers(at: Standpoint, first: readonly number[], touched: Touched): boolean {
    for (const [other, local] of at.locals.entries()) {
      if (first.includes(other) || !this.#mayMeet(other, local, touched)) continue
      if (!this.#standsStill(other, at, first, touched)) return true
    }
    return false
  }

  /**
   * Only `first` are tried, and one of them touched this: rely on the others not to do what conflicts with it.
   * **Shape** `claim`: see `Futures`.
   */
  rely(at: Standpoint, first: readonly number[], touched: Touched, claim: number): void {
    for (const [other, local] of at.locals.entries()) {
      if (first.includes(other)) continue
      const fence = at.fences[other] as number
      if (this.#mayMeet(other, local, touched)) {
        // It stands still; for a lock and for a count, whatever the others do.
        if (at.holders[other] !== -1 || touched.drops(fence)) continue
        for (const [third, known] of at.locals.entries()) {
          if (third !== other && !first.includes(third)) this.#relyOn(third, known, lookAt(fence), claim)
        }
      } else {
        this.#relyOn(other, local, touched, claim)
      }
    }
  }

  /**
   * The count of which `thread` drops one, if nothing else that it touched conflicts with anybody; -1 for none. From now on the
   * search relies on that.
   */
  soleDrop(at: Standpoint, thread: number, touched: Touched): number {
    for (const count of touched.dropped) {
      const rest = touched.without(count)
      if (this.concernsOthers(at, [thread], rest)) continue
      this.rely(at, [thread], rest, -1)
      return count
    }
    return -1
  }

  #closureOf(seed: number, at: Standpoint, touched: ReadonlyMap<number, Touched>): readonly number[] | undefined {
    const few = [seed]
    for (const thread of few) {
      const known = touched.get(thread)
      for (const [other, local] of at.locals.entries()) {
        if (few.includes(other)) continue
        const meets = known === undefined ? this.#likelyMeets(thread, other, at) : this.#mayMeet(other, local, known)
        if (!meets) continue
        if (at.enabled.includes(other)) few.push(other)
        else if (!this.#standsStill(other, at, few, known)) return undefined
      }
    }
    return few
  }

  /** Is `other` waiting, and unable to go on before one of `first` moves? **Shape** `touched`: by one of those. */
  #standsStill(other: number, at: Standpoint, first: readonly number[], touched: Touched | undefined): boolean {
    if (at.enabled.includes(other)) return false
    if (first.includes(at.holders[other] as number)) return true
    const fence = at.fences[other] as number
    if (fence < 0) return false
    if (touched?.drops(fence) === true) return true
    const looks = lookAt(fence)
    for (const [third, local] of at.locals.entries()) {
      if (third !== other && !first.includes(third) && this.#mayMeet(third, local, looks)) return false
    }
    return true
  }

  #mayMeet(other: number, local: number, touched: Touched): boolean {
    return this.futures.mayMeet(local, this.#history.groupOfThread(other), touched, this.#history)
  }

  #likelyMeets(thread: number, other: number, { locals }: Standpoint): boolean {
    const group = this.#history.groupOfThread(thread)
    const ofOther = this.#history.groupOfThread(other)
    return this.futures.likelyMeets(locals[thread] as number, group, locals[other] as number, ofOther)
  }

  #relyOn(other: number, local: number, touched: Touched, claim: number): void {
    this.futures.relyOn(local, this.#history.groupOfThread(other), touched, this.#history, claim)
  }
}

function lookAt(fence: number): Touched {
  const looks = new Touched()
  looks.add(fence, READ)
  return looks
}
