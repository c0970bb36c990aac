/** Explore the schedules of a scenario: which strategy, how far, and what came of it in honest words. */
import { type Explorable, type Report, type Scenario, type System, type Violation } from '@barter/core'
import { depthFirst } from './depth-first.ts'
import { dpor } from './dpor.ts'
import { exploreBound, exploreMachine } from './errors.ts'
import { estimateInterleavings } from './interleavings.ts'
import { pct, randomWalk } from './random-walk.ts'
import { shrink, switchesOf } from './shrink.ts'
import type { Tally, TallyOptions } from './tally.ts'
import { tokenOf } from './token.ts'

export const STRATEGIES = ['states', 'dpor', 'dfs', 'random', 'pct'] as const
/**
 * `states`: exhaustive, no state twice. `dpor`: exhaustive, each order of conflicting steps once. `dfs`: exhaustive, every
 * interleaving, the yardstick. `random`, `pct`: samples.
 */
export type StrategyName = (typeof STRATEGIES)[number]

export interface ExploreOptions extends Omit<TallyOptions, 'violations'> {
  /** `states` unless given. */
  readonly strategy?: StrategyName
  /** Leave out schedules with more switches away from a thread that could have gone on. Only with `states` and `dfs`. */
  readonly preemptions?: number
  /** Of samples. 1 unless given. */
  readonly seed?: number
  /** End with the first violation; so unless told. */
  readonly stopAtFirst?: boolean
  /** Leave counterexamples as they were found. */
  readonly shrink?: boolean
}

export interface Counterexample {
  readonly violation: Violation
  /** Threads in the order in which they took steps; fewest switches that were found. */
  readonly schedule: readonly number[]
  readonly length: number
  /** Context switches in it. */
  readonly switches: number
  /** For `barter replay`. */
  readonly token: string
}

export interface Exploration {
  readonly strategy: StrategyName
  /** `complete`: no interleaving was left out. `bounded`: none within the bound. `sampled`: anything less. */
  readonly coverage: 'complete' | 'bounded' | 'sampled'
  /** The same for people: `complete`, `bounded (2 preemptions)`, `sampled (seed 42, 10 000 schedules)`. */
  readonly words: string
  /** It ended before the coverage that was asked for: by a limit, by Ctrl-C, or by a violation. */
  readonly stopped: boolean
  /** Runs that came to their end. */
  readonly schedules: number
  /** Runs that were left where everything that follows was explored before. */
  readonly cuts: number
  /** Steps of threads, those to get back to a place included. */
  readonly steps: number
  /** Different states that were seen; 0 for strategies that do not look. */
  readonly states: number
  /** How many interleavings all this stands for, estimated from schedules of chance. */
  readonly interleavings: number
  readonly violations: readonly Counterexample[]
  /** What user space saw, and how often; with `outcomes`. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Run a counterexample again with every event kept. */
  replay(schedule: readonly number[]): Report
}

const DEFAULT_SAMPLES = 10_000

/**
 * Explore.
 *
 * **Errors** `UsageError`: `EXPLORE_MACHINE` when no machine of the system lets its schedules be chosen; `EXPLORE_BOUND`
 * for a bound that the strategy does not know; those of a run.
 */
export function explore(system: System, scenario: Scenario, options: ExploreOptions = {}): Exploration {
  return exploreSubject(explorableOf(system, scenario), options)
}

/** **Errors** `UsageError` `EXPLORE_MACHINE`. */
export function explorableOf(system: System, scenario: Scenario): Explorable {
  const subject = system.machine('sim').explorable?.(scenario)
  if (subject === undefined) {
    throw exploreMachine()
  }
  return subject
}

export function exploreSubject(subject: Explorable, options: ExploreOptions = {}): Exploration {
  const strategy = options.strategy ?? 'states'
  checkBound(strategy, options.preemptions)
  const tally = search(subject, strategy, options)
  const found = options.shrink === false ? tally.found : tally.found.map((one) => shrink(subject, one))
  return {
    strategy,
    ...coverageOf(strategy, tally, options),
    schedules: tally.schedules,
    cuts: tally.cuts,
    steps: tally.steps,
    states: tally.states?.count ?? 0,
    interleavings: estimateInterleavings(subject),
    violations: found.map(({ violation, schedule }) => ({
      violation,
      schedule,
      length: schedule.length,
      switches: switchesOf(schedule),
      token: tokenOf(subject.digest, schedule),
    })),
    outcomes: tally.outcomes,
    replay: (schedule) => subject.replay(schedule),
  }
}

function search(subject: Explorable, strategy: StrategyName, options: ExploreOptions): Tally {
  const { seed = 1, stopAtFirst = true, ...rest } = options
  const tallyOptions = { ...rest, violations: stopAtFirst ? 1 : Infinity }
  const samples = { ...tallyOptions, seed, schedules: options.schedules ?? DEFAULT_SAMPLES }
  const bound = options.preemptions === undefined ? {} : { preemptions: options.preemptions }
  switch (strategy) {
    case 'states':
      return depthFirst(subject, { ...tallyOptions, ...bound, match: true })
    case 'dfs':
      return depthFirst(subject, { ...tallyOptions, ...bound, match: false })
    case 'dpor':
      return dpor(subject, tallyOptions)
    case 'random':
      return randomWalk(subject, samples)
    case 'pct':
      return pct(subject, samples)
  }
}

function coverageOf(
  strategy: StrategyName,
  tally: Tally,
  { preemptions, seed = 1 }: ExploreOptions,
): Pick<Exploration, 'coverage' | 'words' | 'stopped'> {
  const count = `${grouped(tally.schedules)} schedule${tally.schedules === 1 ? '' : 's'}`
  if (strategy === 'random' || strategy === 'pct') {
    return { coverage: 'sampled', words: `sampled (seed ${seed}, ${count})`, stopped: tally.stopped }
  }
  if (!tally.complete) {
    const why = tally.cutShort ? 'some schedules were given up for their length' : 'stopped'
    return { coverage: 'sampled', words: `sampled (${why}, ${count})`, stopped: true }
  }
  if (preemptions === undefined) return { coverage: 'complete', words: 'complete', stopped: false }
  const bound = `${preemptions} preemption${preemptions === 1 ? '' : 's'}`
  return { coverage: 'bounded', words: `bounded (${bound})`, stopped: false }
}

function checkBound(strategy: StrategyName, preemptions: number | undefined): void {
  if (preemptions === undefined || strategy === 'states' || strategy === 'dfs') return
  throw exploreBound(strategy)
}

/** `10 000` */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
