/** Random schedules: plain random walks, and PCT, which finds a bug of depth d with a known probability. */
import { type Explorable, Random } from '@barter/core'
import type { SavedSearch } from './saved-search.ts'
import type { Search } from './search.ts'
import { DEFAULT_DEPTH, Tally, type TallyOptions } from './tally.ts'
import { Walker } from './walker.ts'

export interface RandomOptions extends TallyOptions {
  readonly seed: number
  /** How many schedules; they repeat where the scenario has fewer. */
  readonly samples: number
  /** Number of the first schedule; 0 by default. */
  readonly from?: number
}

/** Schedules by default. */
export const DEFAULT_SAMPLES = 10_000

/** Chooses which thread takes the next step. */
export type Chooser = (enabled: readonly number[], depth: number) => number

/** Each schedule has a generator of its own, so that any of them can be run without those before it. */
export const randomWalk = (subject: Explorable, options: RandomOptions): Walks =>
  new Walks(subject, options, (number) => {
    const random = new Random(options.seed, number)
    return (enabled) => enabled[random.below(enabled.length)] ?? 0
  })

export interface PctOptions extends RandomOptions {
  /** Of the bugs to look for: how many ordering constraints make one show. 3 by default. */
  readonly bugDepth?: number
}

/**
 * Probabilistic concurrency testing: each thread has a priority, the highest one runs, and at a few random steps the
 * running thread falls below all others.
 */
export function pct(subject: Explorable, { bugDepth = 3, ...options }: PctOptions): Walks {
  const length = usualLength(subject)
  return new Walks(subject, options, (number) => byPriority(new Random(options.seed, number), bugDepth, length))
}

/** **Shape** `length`: steps among which priorities change, `bugDepth - 1` times. */
export function byPriority(random: Random, bugDepth: number, length: number): Chooser {
  const priorities: number[] = []
  const changes = Array.from({ length: bugDepth - 1 }, () => random.below(length))
  let lowest = 0
  return (enabled, at) => {
    for (const thread of enabled) priorities[thread] ??= 1 + random.below(2 ** 30)
    const chosen = highest(enabled, priorities)
    if (!changes.includes(at)) return chosen
    priorities[chosen] = --lowest
    return highest(enabled, priorities)
  }
}

/** Steps of a schedule in which nobody is interrupted. */
function usualLength(subject: Explorable): number {
  const walker = new Walker(subject)
  for (let enabled = walker.enabled(); enabled.length > 0 && walker.depth < DEFAULT_DEPTH; enabled = walker.enabled()) {
    if (walker.run.halted || walker.run.found > 0) break
    walker.step(enabled[0] ?? 0)
  }
  return Math.max(1, walker.depth)
}

const highest = (enabled: readonly number[], priorities: readonly number[]): number =>
  enabled.reduce((best, thread) => ((priorities[thread] ?? 0) > (priorities[best] ?? 0) ? thread : best))

export class Walks implements Search {
  readonly tally: Tally
  readonly #walker: Walker
  readonly #options: RandomOptions
  readonly #begin: (number: number) => Chooser
  #next: number

  constructor(subject: Explorable, options: RandomOptions, begin: (number: number) => Chooser) {
    this.#walker = new Walker(subject)
    this.tally = new Tally(this.#walker, { depth: DEFAULT_DEPTH, ...options })
    this.#options = options
    this.#begin = begin
    this.#next = options.from ?? 0
    this.tally.share = () => Math.min(1, this.#next / options.samples)
  }

  run(): void {
    const { tally } = this
    tally.paused = false
    while (tally.goesOn && this.#next < this.#options.samples) this.#walk(this.#begin(this.#next++))
  }

  save(): SavedSearch | undefined {
    return this.tally.foundEnough ? undefined : { tally: this.tally.save(), next: this.#next }
  }

  restore(saved: SavedSearch): void {
    this.tally.restore(saved.tally)
    this.#next = saved.next ?? 0
  }

  #walk(choose: Chooser): void {
    const walker = this.#walker
    walker.restart()
    // Also a step after which nobody can go on may have broken something.
    while (!this.tally.sawViolation() && !walker.run.halted) {
      const enabled = walker.enabled()
      if (enabled.length === 0 || this.tally.tooLong(walker.depth)) break
      walker.step(choose(enabled, walker.depth))
    }
    this.tally.schedule()
  }
}
