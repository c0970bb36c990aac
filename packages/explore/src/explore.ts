/** Explore the schedules of a scenario: with which strategy, how far, and the result in honest words. */
import { type Explorable, type Report, type Scenario, type System, type Violation } from '@barter/core'
import { DepthFirst } from './depth-first.ts'
import { Dpor } from './dpor.ts'
import { Beside, type BesideOptions } from './beside.ts'
import { type Asked, askedOf, checkResumed } from './asked.ts'
import { checkpointForeign, exploreBound, exploreCheckpoint, exploreMachine } from './errors.ts'
import { isNondeterminism, isUntold } from './nondeterminism.ts'
import { probe, type Probed } from './probe.ts'
import { type Estimate, estimateOf } from './interleavings.ts'
import { DEFAULT_SAMPLES, pct, randomWalk } from './random-walk.ts'
import { shrink, type Shrunk, switchesOf } from './shrink.ts'
import type { SavedExploration } from './saved-search.ts'
import { replayFound } from './replay.ts'
import { runSearch, saveSearch, type Search } from './search.ts'
import type { Found, Tally, TallyOptions } from './tally.ts'
import { tokenOf } from './token.ts'
import { locate, twice } from './twice.ts'

export const STRATEGIES = ['states', 'dpor', 'dfs', 'random', 'pct'] as const
/**
 * `states`: exhaustive, no state twice. `dpor`: exhaustive, each order of conflicting steps once. `dfs`: exhaustive, every
 * interleaving, the yardstick. `random`, `pct`: samples.
 */
export type StrategyName = (typeof STRATEGIES)[number]

export interface ExploreOptions extends Omit<TallyOptions, 'violations'> {
  /** `states` by default. */
  readonly strategy?: StrategyName
  /** Leave out schedules with more preemptions: switches away from a thread that could go on. Only with `states` and `dfs`. */
  readonly preemptions?: number
  /** Seed of samples; 1 by default. */
  readonly seed?: number
  /** End with the first violation; the default. */
  readonly stopAtFirst?: boolean
  /** Resume what an exploration with the same options saved. */
  readonly resume?: SavedExploration
  /** `false`: leave counterexamples as they were found. */
  readonly shrink?: boolean
  /** Run each schedule that comes to its end a second time, and check that it does the same. */
  readonly twice?: boolean
}

export interface Counterexample {
  readonly violation: Violation
  /** Threads in the order in which they took steps, with the fewest switches that were found. */
  readonly schedule: readonly number[]
  readonly length: number
  /** Context switches in it. */
  readonly switches: number
  /** For `barter replay`. */
  readonly token: string
  /** Met while this one was shrunk: much fewer steps, and another invariant. */
  readonly beside?: Pick<Counterexample, 'violation' | 'length' | 'token'>
}

export interface Exploration {
  readonly strategy: StrategyName
  /** `complete`: no interleaving was left out. `bounded`: none within the bound. `sampled`: anything less. */
  readonly coverage: 'complete' | 'bounded' | 'sampled'
  /** The same in words: `complete`, `bounded (2 preemptions)`, `sampled (seed 42, 10 000 schedules)`. */
  readonly words: string
  /** It ended before it reached the coverage that was asked for: by a limit, by Ctrl-C, or by a violation. */
  readonly stopped: boolean
  /** Runs that came to their end. */
  readonly schedules: number
  /** Runs that were left at a point from which everything was explored before. */
  readonly cuts: number
  /** Steps of threads, including those that return to a place and those that were remembered and not run again. */
  readonly steps: number
  /** How many workers there were. The counts are sums over them. */
  readonly workers: number
  /** Distinct states; 0 for strategies that do not match states. */
  readonly states: number
  /** How many interleavings this stands for, and whether they all end: estimated from random schedules. */
  readonly estimate: Estimate
  /** Which thread still went on in a schedule without an end, at which an exhaustive search stops; as a clause. */
  readonly endless: string | undefined
  readonly violations: readonly Counterexample[]
  /** What user space saw, and how often; with `outcomes`. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Run a counterexample again, keeping every event; in case of nondeterminism, as much of it as can be run. */
  replay(schedule: readonly number[]): Report
}

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

/** As `explore`, for a scenario on a machine. **Errors** `UsageError` `EXPLORE_BOUND`. */
export function exploreSubject(subject: Explorable, options: ExploreOptions = {}): Exploration {
  const run = new ExplorationRun(subject, options)
  run.advance()
  return run.result()
}

/** An exploration that may be interrupted by its `pause`, and resumed. */
export class ExplorationRun {
  readonly #subject: Explorable
  readonly #options: ExploreOptions
  readonly #strategy: StrategyName
  /** What the probe before the search found. */
  readonly #probed: Probed
  readonly #search: Search
  /** `undefined` with a strategy that keeps to its own order, or with a bound. */
  readonly #beside: Beside | undefined

  /** **Errors** `UsageError` `EXPLORE_BOUND`, `CHECKPOINT_FOREIGN`. */
  constructor(subject: Explorable, options: ExploreOptions = {}) {
    this.#subject = subject
    this.#options = options
    this.#strategy = options.strategy ?? 'states'
    checkBound(this.#strategy, options.preemptions)
    // Before the search begins a run: no plugin has to cope with two at a time.
    this.#probed = options.resume === undefined ? probe(subject) : {}
    const explored = options.twice === true ? twice(subject) : subject
    this.#search = searchOf(explored, this.#strategy, options)
    this.#beside = goesBeside(this.#strategy, options) ? new Beside(explored, this.#besideOptions) : undefined
    if (options.resume !== undefined) this.#resume(options.resume)
    this.#besideAgain()
  }

  #besideAgain(): void {
    this.#search.tally.pausesAt = this.#beside?.dueAt ?? Infinity
  }

  get #besideOptions(): BesideOptions {
    const { stop, pause } = this.#options
    return {
      violations: violationsWanted(this.#options),
      pause: () => {
        const { tally } = this.#search
        if (stop?.() === true) tally.stopped = true
        return tally.stopped || pause?.() === true
      },
    }
  }

  #resume(saved: SavedExploration): void {
    checkResumed(saved, this.#subject.digest, this.#asked)
    const { search: kept, table } = saved
    if (kept === undefined) throw checkpointForeign('several workers made it, and one goes on')
    if (this.#search instanceof DepthFirst) this.#search.restore(kept, table)
    else this.#search.restore(kept)
    if (this.#beside !== undefined) this.#beside.rounds = saved.besides ?? 0
  }

  get #asked(): Asked {
    return askedOf(this.#strategy, this.#options)
  }

  /** A checkpoint, between two calls of `advance`; `undefined` at the end. */
  save(): SavedExploration | undefined {
    if (this.#search.tally.endless !== undefined) return undefined
    const search = saveSearch(this.#search)
    if (search === undefined) return undefined
    const table = this.#search instanceof DepthFirst ? this.#search.table : undefined
    const besides = this.#beside?.rounds ?? 0
    return { digest: this.#subject.digest, ...this.#asked, besides, search, ...(table === undefined ? {} : { table }) }
  }

  /** Go on until the end or a pause. **Shape** gives whether it came to its end. */
  advance(): boolean {
    const { tally } = this.#search
    const { parted, endless } = this.#probed
    if (parted !== undefined && !tally.stopped) tally.parted(parted.violation, parted.schedule)
    const samples = isSample(this.#strategy) || this.#options.depth !== undefined
    if (endless !== undefined && !samples && !tally.stopped) tally.endsNever(endless)
    while (!tally.stopped) {
      if (this.#isBesideDue) {
        if (!this.#goBeside()) return tally.stopped
      } else {
        runSearch(this.#subject, this.#search)
        if (!this.#isBesideDue) break
      }
    }
    // One that is stopped during a pause does not go on.
    return tally.stopped || !tally.paused
  }

  get #isBesideDue(): boolean {
    const { tally } = this.#search
    return tally.paused && tally.steps >= tally.pausesAt
  }

  /** **Shape** gives whether the round is over. */
  #goBeside(): boolean {
    const { tally } = this.#search
    const came = this.#beside?.run()
    if (came === undefined) return false
    tally.takes(came)
    this.#besideAgain()
    return true
  }

  /** Stop where it is. */
  stop(): void {
    this.#search.tally.stopped = true
  }

  /** States known so far; 0 while it is learning. */
  get states(): number {
    return this.#search.tally.statesNow()
  }

  /** The result so far. */
  result(): Exploration {
    return explorationOf(this.#subject, this.#strategy, this.#options, this.#search.tally)
  }
}

/** What one search, or several together, counted and found. */
export type Counts = Pick<
  Tally,
  'schedules' | 'cuts' | 'steps' | 'complete' | 'cutShort' | 'readsClock' | 'stopped' | 'foundEnough' | 'outcomes'
> & {
  readonly states: { readonly count: number } | undefined
  readonly found: readonly Found[]
  readonly workers?: number
  readonly endless?: string | undefined
}

/** The result of a search in honest words, with counterexamples shrunk. */
export function explorationOf(
  subject: Explorable,
  strategy: StrategyName,
  options: Pick<ExploreOptions, 'preemptions' | 'seed' | 'shrink'>,
  counts: Counts,
): Exploration {
  const found: readonly Shortened[] =
    options.shrink === false ? counts.found : onceEach(counts.found.flatMap((one) => shortened(subject, one)))
  return {
    strategy,
    ...coverageOf(strategy, counts, options),
    schedules: counts.schedules,
    cuts: counts.cuts,
    steps: counts.steps,
    workers: counts.workers ?? 1,
    states: counts.states?.count ?? 0,
    endless: counts.endless,
    // Costs more than a small search, and is not always asked for.
    get estimate() {
      return estimateOf(subject)
    },
    violations: found.map(({ violation, schedule, beside }) => ({
      violation,
      schedule,
      length: schedule.length,
      switches: switchesOf(schedule),
      token: tokenOf(subject.digest, schedule),
      ...(beside === undefined ? {} : { beside: besideOf(subject, beside) }),
    })),
    outcomes: counts.outcomes,
    replay: (schedule) => replayFound(subject, schedule, found.find((one) => one.schedule === schedule)?.violation),
  }
}

type Shortened = Found & Pick<Shrunk, 'beside'>

const besideOf = ({ digest }: Explorable, { violation, schedule }: Found): NonNullable<Counterexample['beside']> => ({
  violation,
  length: schedule.length,
  token: tokenOf(digest, schedule),
})

/** The finding, shrunk; or, if a run of the same choices does not show it again, that as a second finding. */
function shortened(subject: Explorable, one: Found): readonly Shortened[] {
  const { violation, schedule } = one
  if (isNondeterminism(violation)) return [one]
  const shorter = shrink(subject, one)
  if (shorter !== undefined) return [shorter]
  const parted = locate(subject, schedule, `${violation.invariant} breaks in one`)
  return [one, { violation: parted, schedule: schedule.slice(0, parted.steps) }]
}

/** Different findings may be the same once they are shrunk. */
function onceEach(found: readonly Shortened[]): readonly Shortened[] {
  const keys = found.map(({ violation, schedule }) =>
    JSON.stringify([violation.invariant, violation.message, schedule]),
  )
  return found.filter((_, i) => keys.indexOf(keys[i] as string) === i)
}

function searchOf(subject: Explorable, strategy: StrategyName, options: ExploreOptions): Search {
  const { seed = 1, ...rest } = options
  const tallyOptions = { ...rest, violations: violationsWanted(options) }
  const samples = { ...tallyOptions, seed, samples: options.schedules ?? DEFAULT_SAMPLES, schedules: Infinity }
  const bound = options.preemptions === undefined ? {} : { preemptions: options.preemptions }
  switch (strategy) {
    case 'states':
      return new DepthFirst(subject, { ...tallyOptions, ...bound, match: true, everyEnd: options.twice === true })
    case 'dfs':
      return new DepthFirst(subject, { ...tallyOptions, ...bound, match: false })
    case 'dpor':
      return new Dpor(subject, tallyOptions)
    case 'random':
      return randomWalk(subject, samples)
    case 'pct':
      return pct(subject, samples)
  }
}

/** Random schedules keep to no bound, and plain search is the yardstick. */
const goesBeside = (strategy: StrategyName, { preemptions }: ExploreOptions): boolean =>
  preemptions === undefined && (strategy === 'states' || strategy === 'dpor')

/** Violations after which the search ends. */
export const violationsWanted = ({ stopAtFirst = true }: Pick<ExploreOptions, 'stopAtFirst'>): number =>
  stopAtFirst ? 1 : Infinity

/** Is it a sample by its nature? */
export const isSample = (strategy: StrategyName): boolean => strategy === 'random' || strategy === 'pct'

/** See `Explorable.readsClock`. */
const NOBODY_LATE = 'no delays: a driver reads the clock'
const GIVEN_UP = 'some schedules were given up for their length'

function coverageOf(
  strategy: StrategyName,
  tally: Counts,
  { preemptions, seed = 1 }: Pick<ExploreOptions, 'preemptions' | 'seed'>,
): Pick<Exploration, 'coverage' | 'words' | 'stopped'> {
  const count = `${grouped(tally.schedules)} schedule${tally.schedules === 1 ? '' : 's'}`
  if (isSample(strategy)) {
    const givenUp = tally.cutShort ? `, ${GIVEN_UP}` : ''
    return { coverage: 'sampled', words: `sampled (seed ${seed}, ${count}${givenUp})`, stopped: tally.stopped }
  }
  if (!tally.complete) {
    const parted = tally.found.find(({ violation }) => isNondeterminism(violation))
    const why = parted
      ? isUntold(parted.violation)
        ? 'stopped where a step depends on what is not told'
        : 'stopped where two runs of a schedule part'
      : tally.foundEnough
        ? 'stopped at the first violation'
        : tally.endless !== undefined
          ? 'stopped where a schedule does not end'
          : tally.cutShort
            ? GIVEN_UP
            : 'stopped'
    return { coverage: 'sampled', words: `sampled (${why}, ${count})`, stopped: true }
  }
  const bounds = preemptions === undefined ? [] : [`${preemptions} preemption${preemptions === 1 ? '' : 's'}`]
  if (tally.readsClock) bounds.push(NOBODY_LATE)
  if (bounds.length === 0) return { coverage: 'complete', words: 'complete', stopped: false }
  return { coverage: 'bounded', words: `bounded (${bounds.join(', ')})`, stopped: false }
}

/** **Errors** `UsageError` `EXPLORE_CHECKPOINT` for a strategy whose search cannot be saved. */
export function checkCheckpoint(strategy: StrategyName): void {
  if (strategy === 'dpor') throw exploreCheckpoint(strategy)
}

function checkBound(strategy: StrategyName, preemptions: number | undefined): void {
  if (preemptions === undefined || strategy === 'states' || strategy === 'dfs') return
  throw exploreBound(strategy)
}

/** `10 000` */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
