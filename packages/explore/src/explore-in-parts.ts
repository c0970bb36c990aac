/**
 * An exploration by several workers. What they find does not depend on how many there are: parts have an order, and the first
 * part that finds something counts. With a shared table of states the order is a matter of chance, so there they only tell
 * whether there is something to find.
 */
import type { Explorable } from '@barter/core'
import { type Asked, askedOf, checkResumed } from './asked.ts'
import { Beside } from './beside.ts'
import { type Cut, cutAgain, cutSamples, cutTree } from './cut.ts'
import { cutSaved } from './cut-saved.ts'
import { checkpointForeign, exploreWorkers } from './errors.ts'
import {
  type Exploration,
  explorationOf,
  type ExploreOptions,
  isSample,
  type StrategyName,
  violationsWanted,
} from './explore.ts'
import { unrelied } from './futures.ts'
import { isNondeterminism } from './nondeterminism.ts'
import { type PartCommon, PartControl, type PartResult, type PartTask } from './part.ts'
import { PartQueue } from './part-queue.ts'
import { DEFAULT_SAMPLES } from './random-walk.ts'
import { probe } from './probe.ts'
import type { SavedExploration, SavedPart, SavedParts, SavedTally } from './saved-search.ts'
import { SharedStates } from './shared-states.ts'
import type { Found, Tally } from './tally.ts'
import { Together, type TogetherEnd, type TogetherStart } from './together.ts'
import type { Worker } from './worker.ts'

export interface InPartsOptions extends Pick<
  ExploreOptions,
  'strategy' | 'preemptions' | 'schedules' | 'seed' | 'stopAtFirst' | 'shrink' | 'twice' | 'outcomes' | 'resume'
> {
  /** Stops it from outside. */
  readonly control?: PartControl
  /** Asked while the top of the tree is cut: is it time to let other tasks of the host run? Then `breathe` is awaited. */
  readonly pause?: () => boolean
  readonly breathe?: () => Promise<unknown>
  /** With `states`: learn from random schedules first; on by default. */
  readonly learn?: boolean
  /** Size of the first table of visited states; 2^20 by default. It grows. */
  readonly places?: number
}

/** How far an exploration has come. */
export interface PartsProgress {
  /** Share that is done, from 0 to 1. */
  readonly share: number
  /** Schedules that were run or cut, roughly. */
  readonly schedules: number
  readonly states: number
}

const FIRST_PLACES = 2 ** 20
/** Steps of all workers before the leading thread runs random schedules beside them, and how many in a row. */
const BESIDE_AT = 200_000
const BESIDE_AT_ONCE = 16

/**
 * **Shape** gives `undefined` when `states` found something: only a search by one worker knows what comes first.
 * **Errors** `UsageError` `EXPLORE_WORKERS` for `dpor`; those of the workers.
 */
export function exploreInParts(
  subject: Explorable,
  options: InPartsOptions,
  workers: readonly Worker[],
): Promise<Exploration | undefined> {
  return new ExplorationInParts(subject, options, workers).explore()
}

/** **Errors** `UsageError` `EXPLORE_WORKERS` for a strategy that cannot be shared. */
export function checkParts(strategy: StrategyName): asserts strategy is Exclude<StrategyName, 'dpor'> {
  if (strategy === 'dpor') throw exploreWorkers(strategy)
}

export class ExplorationInParts {
  readonly #subject: Explorable
  readonly #strategy: Exclude<StrategyName, 'dpor'>
  readonly #options: InPartsOptions
  readonly #workers: readonly Worker[]
  readonly #control: PartControl
  /** Samples that were run before the exploration was cut into parts. */
  #covered = 0
  /** The checkpoint that it resumes. */
  #saved: SavedParts | undefined
  #states: SharedStates | undefined
  /** Rounds of random schedules that are over. */
  #besides = 0
  #queue: PartQueue | undefined
  #together: Together | undefined
  /** The checkpoint, once it was stopped. */
  #rest: SavedExploration | undefined

  /** **Errors** `UsageError` `EXPLORE_WORKERS` for `dpor`, `CHECKPOINT_FOREIGN`. */
  constructor(subject: Explorable, options: InPartsOptions, workers: readonly Worker[]) {
    const { strategy = 'states', resume } = options
    checkParts(strategy)
    this.#subject = subject
    this.#strategy = strategy
    this.#options = options
    this.#workers = workers
    this.#control = options.control ?? new PartControl()
    if (resume !== undefined) this.#resume(resume)
  }

  #resume(saved: SavedExploration): void {
    checkResumed(saved, this.#subject.digest, this.#asked)
    const { parts, table } = 'parts' in saved ? saved : this.#partsOf(saved)
    if (parts === undefined) throw checkpointForeign('nothing is left of it to go on with')
    this.#saved = parts
    this.#besides = saved.besides ?? 0
    if (table !== undefined) this.#states = SharedStates.of(table)
  }

  /** The parts of a checkpoint that a single search made. */
  #partsOf({ search, table }: SavedExploration): { readonly parts?: SavedParts; readonly table?: Int32Array } {
    if (search === undefined) return {}
    this.#covered = search.next ?? 0
    return cutSaved(this.#subject, { search, table }, this.#places)
  }

  get #places(): number {
    return this.#saved?.places ?? this.#options.places ?? FIRST_PLACES
  }

  get #asked(): Asked {
    return askedOf(this.#strategy, this.#options)
  }

  get progress(): PartsProgress {
    return {
      share: this.#queue?.share ?? this.#together?.share ?? 0,
      schedules: this.#control.schedules,
      states: this.#together?.states.count ?? 0,
    }
  }

  /** Errors of workers that died, and whose parts others did. */
  get deaths(): readonly unknown[] {
    return this.#queue?.deaths ?? []
  }

  /** A checkpoint; `undefined` when nothing is left to do. */
  save(): SavedExploration | undefined {
    return this.#rest
  }

  /** Explore until the end, or until it is stopped. **Shape** as `exploreInParts`. **Errors** those of the workers. */
  async explore(): Promise<Exploration | undefined> {
    const { parted, endless } = this.#saved !== undefined ? {} : probe(this.#subject)
    if (parted !== undefined) return this.#sum([], [parted], false)
    if (endless !== undefined && !isSample(this.#strategy)) {
      return this.#sum([], [], false, { endless })
    }
    this.#control.renew()
    return this.#strategy === 'states' ? this.#exploreTogether() : this.#exploreCut(this.#strategy)
  }

  /** By state matching. */
  async #exploreTogether(): Promise<Exploration | undefined> {
    const { preemptions, twice = false, outcomes = false, learn = true } = this.#options
    const saved = this.#saved
    const search = {
      violations: this.#violations,
      twice,
      outcomes,
      learn,
      ...(preemptions === undefined ? {} : { preemptions }),
      ...(saved?.sorts === undefined ? {} : { sorts: saved.sorts }),
      ...(saved?.back === undefined ? {} : { back: saved.back }),
      control: this.#control.buffer,
    }
    const together = new Together(this.#subject, this.#workers, this.#control, search, this.#places)
    this.#together = together
    // One schedule at a time.
    const beside = new Beside(this.#subject, { violations: 1, pause: () => true })
    together.findsBeside = (steps) => this.#findsBeside(beside, steps)
    const end = await together.run(startOf(saved, this.#states))
    const { tallies, states, endless, isWhole } = end
    // Each worker may find one before it hears of another's.
    const found = upTo(firstOfEach(end.found), this.#violations)
    // Only a search by one worker knows what comes first.
    if (end.foundBeside || (found.length > 0 && !hasParted(found))) return undefined
    const all = saved?.top === undefined ? tallies : [saved.top, ...tallies]
    const isOver = isWhole || endless !== undefined || found.length > 0
    if (!isOver) this.#keepTogether(end, all)
    return this.#sum(all, found, isWhole, { states, endless })
  }

  /**
   * Some random schedules, if the search is long. **Shape** gives whether one has found something, which a search by one
   * worker comes upon as well.
   */
  #findsBeside(beside: Beside, steps: number): boolean {
    if (this.#options.preemptions !== undefined || this.#besides > 0 || steps < BESIDE_AT) return false
    let came: Tally | undefined
    for (let i = 0; i < BESIDE_AT_ONCE && came === undefined; i++) came = beside.run()
    this.#besides = beside.rounds
    return (came?.found.length ?? 0) > 0
  }

  #keepTogether({ rest, sorts, states }: TogetherEnd, tallies: readonly SavedTally[]): void {
    const unknown = sorts === undefined ? {} : { sorts: { ...sorts, futures: unrelied(sorts.futures) } }
    const known = sorts === undefined ? {} : { sorts, top: summed(tallies) }
    this.#rest = {
      digest: this.#subject.digest,
      ...this.#asked,
      besides: this.#besides,
      parts: {
        workers: this.#workers.length,
        places: states.places,
        ...(rest === undefined ? unknown : known),
        parts: rest === undefined ? null : rest.map((subtree, index) => ({ index, subtree })),
      },
      ...(rest === undefined ? {} : { table: states.save() }),
    }
  }

  /** Without state matching: parts have an order, and are independent. */
  async #exploreCut(strategy: PartTask['strategy']): Promise<Exploration> {
    const common = this.#common(strategy)
    const saved = this.#saved
    const parts = saved?.parts ?? undefined
    const cut =
      parts === undefined ? await this.#cutAnew(common) : cutAgain(saved?.top, this.#extended(parts, common), common)
    // Otherwise the cutting itself was stopped.
    const isCut = parts !== undefined || !this.#control.stopped
    this.#queue = new PartQueue(isCut && !hasParted(cut.found) ? cut.parts : [], this.#control)
    const results = await this.#queue.run(this.#workers)
    const winner = results.findIndex((one) => one?.foundEnough === true)
    const counted = winner < 0 ? results : results.slice(0, winner + 1)
    const tallies = counted.flatMap((one) => (one === undefined ? [] : [one.tally]))
    const found = upTo(firstOfEach([...tallies.flatMap((tally) => tally.found), ...cut.found]), this.#violations)
    const all = cut.top === undefined ? tallies : [...tallies, cut.top]
    const isWhole = isCut && cut.whole && counted.every((one) => one?.whole === true) && !this.#control.stopped
    if (!isWhole && found.length < this.#violations && !hasParted(found)) this.#keep(isCut ? cut : undefined, results)
    return this.#sum(all, found, isWhole)
  }

  /** The parts, and further ones if more samples are asked for than before. */
  #extended(parts: readonly SavedPart[], common: PartCommon): readonly SavedPart[] {
    const { schedules = DEFAULT_SAMPLES } = this.#options
    if (!isSample(this.#strategy)) return parts
    const covered = parts.reduce((most, { to = 0 }) => Math.max(most, to), this.#covered)
    const more = cutSamples(common, Math.max(covered, schedules), covered).parts
    return [...parts, ...more.map(({ from = 0, to = 0 }, i) => ({ index: parts.length + i, from, to }))]
  }

  get #violations(): number {
    return violationsWanted(this.#options)
  }

  #common(strategy: PartTask['strategy']): PartCommon {
    const { preemptions, seed = 1, twice = false, outcomes = false } = this.#options
    return {
      strategy,
      ...(preemptions === undefined ? {} : { preemptions }),
      seed,
      violations: this.#violations,
      twice,
      outcomes,
      control: this.#control.buffer,
    }
  }

  async #cutAnew(common: PartCommon): Promise<Cut> {
    const { schedules, pause, breathe } = this.#options
    if (isSample(this.#strategy)) return cutSamples(common, schedules)
    return cutTree(this.#subject, common, {
      stop: () => this.#control.stopped,
      ...(pause === undefined ? {} : { pause }),
      ...(breathe === undefined ? {} : { breathe }),
    })
  }

  #sum(
    tallies: readonly SavedTally[],
    found: readonly Found[],
    isWhole: boolean,
    { states, endless }: Partial<Pick<TogetherEnd, 'states' | 'endless'>> = {},
  ): Exploration {
    const { schedules, cuts, steps, cutShort, readsClock, outcomes } = summed(tallies)
    const foundEnough = found.length >= this.#violations
    const isShort = cutShort || endless !== undefined
    return explorationOf(this.#subject, this.#strategy, this.#options, {
      schedules,
      cuts,
      steps,
      states,
      found,
      foundEnough,
      cutShort: isShort,
      readsClock,
      endless,
      complete: isWhole && !foundEnough && !isShort,
      stopped: !isWhole || foundEnough,
      outcomes: new Map(outcomes),
      workers: this.#workers.length,
    })
  }

  /** Make the checkpoint. **Shape** `cut`: `undefined` when the cutting itself was stopped; it is done again then. */
  #keep(cut: Cut | undefined, results: readonly (PartResult | undefined)[]): void {
    this.#rest = {
      digest: this.#subject.digest,
      ...this.#asked,
      parts: {
        workers: this.#workers.length,
        ...(cut?.top === undefined ? {} : { top: cut.top }),
        parts: cut?.parts.map((task, i) => savedPart(task, results[i])) ?? null,
        places: this.#places,
      },
    }
  }
}

/** Where a search by state matching resumes. */
function startOf(saved: SavedParts | undefined, states: SharedStates | undefined): TogetherStart | undefined {
  const parts = saved?.parts ?? undefined
  if (parts === undefined || states === undefined) return undefined
  return { subtrees: parts.flatMap(({ subtree }) => subtree ?? []), states }
}

function summed(tallies: readonly SavedTally[]): SavedTally {
  const total = (of: (tally: SavedTally) => number): number => tallies.reduce((sum, tally) => sum + of(tally), 0)
  const outcomes = new Map<string, number>()
  for (const [outcome, count] of tallies.flatMap((tally) => tally.outcomes)) {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count)
  }
  return {
    schedules: total((tally) => tally.schedules),
    cuts: total((tally) => tally.cuts),
    restarts: total((tally) => tally.restarts),
    cutShort: tallies.some((tally) => tally.cutShort),
    readsClock: tallies.some((tally) => tally.readsClock),
    steps: total((tally) => tally.steps),
    replayed: total((tally) => tally.replayed),
    runs: total((tally) => tally.runs),
    found: tallies.flatMap((tally) => tally.found),
    outcomes: [...outcomes],
  }
}

function savedPart({ index, subtree, from, to, rest }: PartTask, result: PartResult | undefined): SavedPart {
  const where = {
    index,
    ...(subtree === undefined ? {} : { subtree }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }
  if (result?.whole === true) return { ...where, done: result.tally }
  const further = result?.rest ?? rest
  return further === undefined ? where : { ...where, rest: further }
}

const hasParted = (found: readonly Found[]): boolean => found.some(({ violation }) => isNondeterminism(violation))

/** The first `most`, and whatever else the last of their schedules broke, as in a search by one worker. */
function upTo(found: readonly Found[], most: number): readonly Found[] {
  const last = found[most - 1]?.schedule.join()
  return found.filter(({ schedule }, i) => i < most || schedule.join() === last)
}

function firstOfEach(found: readonly Found[]): readonly Found[] {
  const seen = new Map<string, Found>()
  for (const one of found) {
    const key = `${one.violation.invariant} ${one.violation.message}`
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}
