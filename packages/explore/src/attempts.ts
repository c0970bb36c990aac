/**
 * The attempts of a search: it rests on what was learned, and starts over when that turns out wrong. Each attempt is preceded
 * by learning.
 */
import type { Descent } from './descent.ts'
import { type Among, Learning } from './learning.ts'
import type { SavedSorts } from './saved-search.ts'

export class Attempts {
  /** An attempt came to its end but rested on something never seen: from then on such assumptions are kept. */
  isWary = false
  /** A thread was wrongly left aside: the attempt goes on to its end, to learn more, and then the search starts over. */
  isStale = false
  readonly #descent: Descent
  readonly #learns: boolean
  readonly #learning: Learning

  /** **Shape** `learns`: random schedules go before each; `among`: see `Learning`. */
  constructor(descent: Descent, learns: boolean, among?: Among) {
    this.#descent = descent
    this.#learns = learns
    const { walker, stretches, sets, tally, singles, isBounded } = descent
    this.#learning = new Learning(walker, stretches, sets, tally, singles, isBounded, among)
    descent.holds = () => this.#holds()
  }

  /** It is still learning, and not waiting for other workers. */
  get isLearning(): boolean {
    return !this.#learning.isOver && !this.#learning.awaitsOthers
  }

  /** The first one: nothing is known yet. */
  begin(): void {
    if (this.#learns) this.#learning.begin()
  }

  /** More is shared than was known, so threads stop at other points, and what was seen of them is useless. */
  learnAgain(): void {
    this.#descent.sets.forget()
    this.#learning.beginAhead()
  }

  /** Learn what is left to learn. **Shape** gives whether that is done; it may be stopped before. */
  learn(): boolean {
    if (!this.#learning.goOn()) return false
    if (this.#descent.tally.restarts > 0) {
      const { futures } = this.#descent.sets
      futures.forgetRelied()
      if (!this.isWary) futures.forgetUnseen()
    }
    return true
  }

  /** The attempt holds: nobody was left aside because it had not been seen yet what that thread may do. */
  get restsOnAll(): boolean {
    const { singles, sets } = this.#descent
    return !this.isStale && (!singles || sets.futures.holdsForGood)
  }

  /** Prepare another attempt. */
  anew(): void {
    const { discipline } = this.#descent.walker.history
    if (discipline.discovered) this.#descent.sets.forget()
    if (this.#learns && (this.#learning.getsPatient() || discipline.discovered)) this.#learning.beginAhead()
    discipline.discovered = false
    this.isStale = false
    this.#descent.reset()
  }

  /** Everything that was learned, for a checkpoint. */
  get sorts(): SavedSorts {
    const { walker, sets } = this.#descent
    const { saved: learning } = this.#learning
    return { things: walker.history.discipline.known, futures: sets.futures.saved, doubts: walker.doubts, learning }
  }

  /** Take over what was saved; nothing was known before. */
  know({ things, futures, doubts, learning }: SavedSorts): void {
    const { walker, sets } = this.#descent
    walker.history.discipline.learn(things)
    sets.futures.restore(futures)
    walker.doubt(doubts)
    this.#learning.restore(learning)
  }

  /**
   * Are all reasons for leaving threads aside still valid? If not, the search starts over at once, as long as more learning
   * comes before the next attempt. Otherwise it goes on to its end first, and so learns all that there is on the way.
   */
  #holds(): boolean {
    const { futures } = this.#descent.sets
    if (futures.holds) return true
    if (!this.#learning.isPatient) return false
    futures.forgive()
    this.isStale = true
    return true
  }
}
