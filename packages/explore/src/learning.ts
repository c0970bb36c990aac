/** Schedules of chance before a search, and before it begins anew: they show what threads share and what they come to touch. */
import { Random } from '@barter/core'
import type { PersistentSets } from './persistent-set.ts'
import type { Stretches } from './stretch.ts'
import type { Tally } from './tally.ts'
import type { Walker } from './walker.ts'

const SCHEDULES_TO_LEARN_FROM = 40
const LEARNING_DEPTH = 2000
/** Walks go on until so many in a row have shown nothing new, or so many steps were taken: a share of a long search. */
const WALKS_WITHOUT_NEWS = 10
const MOST_STEPS_OF_WALKS = 50_000
const SHARE_OF_STEPS = 0.25
/** Each time that a search begins anew, so many times more; and no more than that. A walk with steps from memory costs little. */
const MORE_WALKS = 4
const MOST_WALKS_WITHOUT_NEWS = 640

export class Learning {
  readonly #walker: Walker
  readonly #stretches: Stretches
  readonly #sets: PersistentSets
  readonly #tally: Tally
  #patience = WALKS_WITHOUT_NEWS

  constructor(walker: Walker, stretches: Stretches, sets: PersistentSets, tally: Tally) {
    this.#walker = walker
    this.#stretches = stretches
    this.#sets = sets
    this.#tally = tally
  }

  /** What is shared shows best in schedules of chance; each thing found later would cost a new beginning. */
  ofSharing(): void {
    const walker = this.#walker
    const random = new Random(1)
    for (let i = 0; i < SCHEDULES_TO_LEARN_FROM && !this.#tally.stopped; i++) {
      for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
        if (walker.run.halted || walker.run.found > 0 || walker.depth > LEARNING_DEPTH) break
        walker.step(enabled[random.below(enabled.length)] ?? 0)
      }
      walker.noteBlocked()
      walker.restart()
    }
    walker.history.discipline.discovered = false
  }

  /** What threads may come to touch is best known before anybody is left aside. The walker is at the beginning. */
  ofFutures(): void {
    const walker = this.#walker
    const { discipline } = walker.history
    const random = new Random(2 + this.#tally.restarts)
    discipline.discovered = false
    const most = walker.steps + Math.max(MOST_STEPS_OF_WALKS, SHARE_OF_STEPS * walker.steps)
    for (let news = 0; news < this.#patience && walker.steps < most && !this.#tally.stopped;) {
      const before = this.#sets.futures.version
      this.#walk(random)
      walker.restart()
      news = this.#sets.futures.version === before ? news + 1 : 0
      if (!discipline.discovered) continue
      // Other steps are joined now, so threads stop elsewhere.
      discipline.discovered = false
      this.#sets.forget()
    }
  }

  /** Look longer from now on, where that costs little. **Shape** gives whether it does. */
  getsPatient(): boolean {
    if (!this.#walker.remembers || this.#patience >= MOST_WALKS_WITHOUT_NEWS) return false
    this.#patience *= MORE_WALKS
    return true
  }

  #walk(random: Random): void {
    const walker = this.#walker
    let from = this.#stretches.here()
    while (from.enabled.length > 0 && from.depth < LEARNING_DEPTH) {
      const thread = from.enabled[random.below(from.enabled.length)] ?? 0
      walker.step(thread)
      for (;;) {
        const stretch = this.#stretches.of(thread, from.locals[thread] ?? 0)
        if (walker.run.found > 0 || walker.run.halted || walker.history.discipline.discovered) return
        this.#sets.record(from.locals.length, thread, stretch)
        from = stretch.here
        // One step further it can only be the same thread, or one has to go back.
        if (walker.depth === from.depth) break
        if (random.below(2) === 0) {
          walker.back(from.depth)
          break
        }
      }
    }
  }
}
