/**
 * Random schedules beside a long search. A search goes through a huge space corner by corner, and may spend hours in one
 * without the fault; a fault that shows in many schedules is found by random ones at once. A short search never gets to
 * them, so its counts and findings are its own.
 */
import type { Explorable } from '@barter/core'
import { pct, type Walks } from './random-walk.ts'
import type { Tally, TallyOptions } from './tally.ts'

/** Steps of the search before the first round of them, and the factor to the next round. */
const FIRST_AT = 20_000
const GROWTH = 10
const SCHEDULES = 400
/** Limit of a round, however long its schedules are. */
const MOST_STEPS = 100_000
const SEED = 11

export type BesideOptions = Required<Pick<TallyOptions, 'violations' | 'pause'>>

export class Beside {
  readonly #subject: Explorable
  readonly #options: BesideOptions
  #walks: Walks | undefined
  /** Rounds that are over. */
  rounds = 0

  constructor(subject: Explorable, options: BesideOptions) {
    this.#subject = subject
    this.#options = options
  }

  /** Steps of the search at which it pauses for the next round. */
  get dueAt(): number {
    return FIRST_AT * GROWTH ** this.rounds
  }

  /** One round, to be called again after a pause. **Shape** gives what came of it; `undefined` while it is not over. */
  run(): Tally | undefined {
    const from = this.rounds * SCHEDULES
    const walks = (this.#walks ??= pct(this.#subject, {
      ...this.#options,
      seed: SEED,
      from,
      samples: from + SCHEDULES,
      stop: () => (this.#walks?.tally.steps ?? 0) > MOST_STEPS,
      lookEvery: 1,
    }))
    walks.run()
    if (walks.tally.paused) return undefined
    this.#walks = undefined
    this.rounds++
    return walks.tally
  }
}
