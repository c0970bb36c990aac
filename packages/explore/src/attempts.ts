/**
 * A search rests on what it has learned, and begins anew when that turns out wrong: it learns before each attempt, and says
 * what is to be done when more is known.
 */
import type { Descent } from './descent.ts'
import { type Among, Learning } from './learning.ts'
import type { SavedSorts } from './saved-search.ts'

export class Attempts {
  /** It came to its end once, and rested on what it had not seen: from then on that is not forgotten. */
  isWary = false
  /** Somebody was left aside who should not have been: it goes on to its end to learn more, and then begins anew. */
  isStale = false
  readonly #descent: Descent
  readonly #learns: boolean
  readonly #learning: Learning

  /** **Shape** `learns`: random schedules go before each; `among`: as of `Learning`. */
  constructor(descent: Descent, learns: boolean, among?: Among) {
    this.#descent = descent
    this.#learns = learns
    const { walker, stretches, sets, tally, singles, isBounded } = descent
    this.#learning = new Learning(walker, stretches, sets, tally, singles, isBounded, among)
    descent.holds = () => this.#holds()
  }

  /** It is not over with learning, and waits for nobody. */
  get isLearning(): boolean {
    return !this.#learning.isOver && !this.#learning.awaitsOthers
  }

  /** The first one: nothing is known yet. */
  begin(): void {
    if (this.#learns) this.#learning.begin()
  }

  /** More is shared than was known, so threads stop elsewhere, and what was seen of them is of no use. */
  learnAgain(): void {
    this.#descent.sets.forget()
    this.#learning.beginAhead()
  }

  /** Learn what is yet to be learned. **Shape** gives whether it is over: somebody may stop it before. */
  learn(): boolean {
    if (!this.#learning.goOn()) return false
    if (this.#descent.tally.restarts > 0) {
      const { futures } = this.#descent.sets
      futures.forgetRelied()
      if (!this.isWary) futures.forgetUnseen()
    }
    return true
  }

  /** Where all began from is explored, and nobody was left aside for want of having seen what he may do. */
  get restsOnAll(): boolean {
    const { singles, sets } = this.#descent
    return !this.isStale && (!singles || sets.futures.holdsForGood)
  }

  /** One more. */
  anew(): void {
    const { discipline } = this.#descent.walker.history
    if (discipline.discovered) this.#descent.sets.forget()
    if (this.#learns && (this.#learning.getsPatient() || discipline.discovered)) this.#learning.beginAhead()
    discipline.discovered = false
    this.isStale = false
    this.#descent.reset()
  }

  /** What is known of sorts of things. */
  get sorts(): SavedSorts {
    const { walker, sets } = this.#descent
    const { saved: learning } = this.#learning
    return { things: walker.history.discipline.known, futures: sets.futures.saved, doubts: walker.doubts, learning }
  }

  /** Know what was saved; nothing was known before. */
  know({ things, futures, doubts, learning }: SavedSorts): void {
    const { walker, sets } = this.#descent
    walker.history.discipline.learn(things)
    sets.futures.restore(futures)
    walker.doubt(doubts)
    this.#learning.restore(learning)
  }

  /**
   * Does what threads were left aside for still hold? When it does not, the search begins anew at once as long as it learns
   * more before; from then on it goes on to its end first, and so learns all that there is to be learned on the way.
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
