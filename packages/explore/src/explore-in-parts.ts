/**
 * An exploration by several workers. What they find does not depend on how many they are: parts have an order, and the
 * first one that finds something counts; where they share what they have visited, so that the order is one of chance, they
 * only tell whether there is something to find.
 */
import type { Explorable } from '@barter/core'
import { type Asked, askedOf, checkResumed } from './asked.ts'
import { type Cut, cutAgain, cutSamples, cutTree, type CutTreeOptions, seeFurther } from './cut.ts'
import { cutSaved } from './cut-saved.ts'
import { checkpointForeign, exploreWorkers } from './errors.ts'
import { type Exploration, explorationOf, type ExploreOptions, isSample, type StrategyName } from './explore.ts'
import { Futures, unrelied } from './futures.ts'
import { isNondeterminism } from './nondeterminism.ts'
import { morePatient } from './learning.ts'
import { PartControl, type PartResult, type PartTask } from './part.ts'
import { PartQueue, type Worker } from './part-queue.ts'
import { DEFAULT_SAMPLES } from './random-walk.ts'
import { probe } from './probe.ts'
import type { SavedExploration, SavedPart, SavedParts, SavedSorts, SavedTally, SavedThings } from './saved-search.ts'
import type { Found } from './tally.ts'

export interface InPartsOptions extends Pick<
  ExploreOptions,
  'strategy' | 'preemptions' | 'schedules' | 'seed' | 'stopAtFirst' | 'shrink' | 'twice' | 'resume'
> {
  /** Stops it from outside. */
  readonly control?: PartControl
  /** Asked while the top of the tree is cut: is it time to let what else waits be done? Then `breathe` is waited for. */
  readonly pause?: () => boolean
  readonly breathe?: () => Promise<unknown>
  /** Of the first table of visited states; 2^20 unless given. It grows. */
  readonly places?: number
}

/** How far it is. */
export interface PartsProgress {
  readonly parts: number
  readonly done: number
  /** Schedules that were run or cut, about. */
  readonly schedules: number
  readonly states: number
}

const FIRST_PLACES = 2 ** 20
const GROWTH = 4
/** How often somebody looks further, where that may save a new beginning. */
const MOST_LOOKS = 4

/**
 * **Shape** `undefined` when `states` found something: only one that searches alone knows what comes first.
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
export function checkParts(strategy: StrategyName): asserts strategy is PartTask['strategy'] {
  if (strategy === 'dpor') throw exploreWorkers(strategy)
}

export class ExplorationInParts {
  readonly #subject: Explorable
  readonly #strategy: PartTask['strategy']
  readonly #options: InPartsOptions
  readonly #workers: readonly Worker[]
  readonly #control: PartControl
  #sorts: SavedSorts | undefined
  #places: number
  /** Samples that were run before it was cut. */
  #covered = 0
  #cut: Cut | undefined
  #queue: PartQueue | undefined
  /** What it takes to go on, once it was stopped. */
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
    this.#places = options.places ?? FIRST_PLACES
    if (resume !== undefined) this.#resume(resume)
  }

  #resume(saved: SavedExploration): void {
    checkResumed(saved, this.#subject.digest, this.#asked)
    const { parts, table } = 'parts' in saved ? saved : this.#partsOf(saved)
    if (parts === undefined) throw checkpointForeign('nothing is left of it to go on with')
    this.#sorts = parts.sorts
    this.#places = parts.places
    if (parts.parts !== null) this.#cut = cutAgain(parts, this.#extended(parts.parts), table, this.#common)
  }

  /** More samples may be asked for than before. */
  #extended(parts: readonly SavedPart[]): readonly SavedPart[] {
    const { schedules = DEFAULT_SAMPLES } = this.#options
    if (!isSample(this.#strategy)) return parts
    const covered = parts.reduce((most, { to = 0 }) => Math.max(most, to), this.#covered)
    const more = cutSamples(this.#common, Math.max(covered, schedules), covered).parts
    return [...parts, ...more.map(({ from = 0, to = 0 }, i) => ({ index: parts.length + i, from, to }))]
  }

  /** One that worked alone made it. */
  #partsOf({ search, table }: SavedExploration): { readonly parts?: SavedParts; readonly table?: Int32Array } {
    if (search === undefined) return {}
    this.#covered = search.next ?? 0
    return cutSaved(this.#subject, { search, table }, this.#places)
  }

  get #asked(): Asked {
    return askedOf(this.#strategy, this.#options)
  }

  get progress(): PartsProgress {
    return {
      parts: this.#cut?.parts.length ?? 0,
      done: this.#queue?.done ?? 0,
      schedules: this.#control.schedules,
      states: this.#cut?.states?.count ?? 0,
    }
  }

  /** Workers that died, and whose parts others did. */
  get deaths(): readonly unknown[] {
    return this.#queue?.deaths ?? []
  }

  /** What it takes to go on later; `undefined` when nothing is left to do. */
  save(): SavedExploration | undefined {
    return this.#rest
  }

  /** To the end, or to where it is stopped. **Shape** as `exploreInParts`. **Errors** those of the workers. */
  async explore(): Promise<Exploration | undefined> {
    const { parted, endless } = this.#cut !== undefined ? {} : probe(this.#subject)
    if (parted !== undefined) return this.#sum({ parts: [], whole: false, found: [parted] }, [])
    if (endless !== undefined && !isSample(this.#strategy)) {
      return this.#sum({ parts: [], whole: false, found: [] }, [], endless)
    }
    for (;;) {
      this.#control.renew()
      const before = this.#cut
      const cut = before ?? (await this.#cutAnew())
      // Not all of it was cut then.
      if (before === undefined && this.#control.stopped) return this.#sum({ ...cut, parts: [] }, [])
      this.#cut = cut
      if (hasParted(cut.found)) return this.#sum(cut, [])
      if (cut.found.length > 0 && this.#shares) return undefined
      const results = await this.#run(cut)
      // Who searches alone then may not meet it again.
      if (results.some((one) => hasParted(one?.tally.found ?? []))) return this.#sum(cut, results)
      const discovered = results.find((one) => one?.discovered !== undefined)?.discovered
      if (this.#shares && results.some((one) => (one?.tally.found.length ?? 0) > 0)) return undefined
      const merged = this.#merge(results)
      const full = cut.states?.full === true && !isWhole(cut, results)
      if (discovered !== undefined) this.#learn(discovered, merged)
      else if (this.#sorts !== undefined && !(await this.#holdsForGood(merged))) this.#learn(this.#sorts, merged)
      else if (full) this.#places = Math.max(this.#places, cut.states?.places ?? 0) * GROWTH
      else return this.#sum(cut, results)
      this.#cut = undefined
      if (this.#control.stopped) return this.#sum({ parts: [], whole: false, found: [] }, [])
    }
  }

  /** Its parts meet in one table, and come there in an order of chance. */
  get #shares(): boolean {
    return this.#strategy === 'states'
  }

  get #violations(): number {
    return this.#options.stopAtFirst === false ? Infinity : 1
  }

  /** What each part rests on is held against what the others found. */
  #merge(results: readonly (PartResult | undefined)[]): Futures {
    const merged = new Futures()
    const known = results.flatMap((one) => one?.known ?? [])
    const all = [...(this.#sorts === undefined ? [] : [this.#sorts]), ...known]
    for (const { futures } of all) merged.learn(futures)
    const last = all.at(-1)
    const doubts = [...new Set(all.flatMap((one) => one.doubts))]
    if (last !== undefined) this.#sorts = { ...last, futures: merged.saved, doubts }
    return merged
  }

  /** Where the parts have not seen all that they rest on, somebody looks further before they all begin anew. */
  async #holdsForGood(merged: Futures): Promise<boolean> {
    for (let turn = 1; !merged.holdsForGood; turn++) {
      const isLeft = merged.holds && turn <= MOST_LOOKS && !this.#control.stopped
      const seen =
        isLeft && this.#sorts !== undefined
          ? await seeFurther(this.#subject, this.#common, this.#sorts, turn, this.#interrupts)
          : undefined
      if (seen === undefined) return false
      this.#sorts = seen
      merged.learn(seen.futures)
    }
    return true
  }

  /** Begin anew: knowing what all parts have seen, and looking ahead for longer. */
  #learn(sorts: SavedSorts, merged: Futures): void {
    const before = this.#sorts
    // Where more is shared than was known, threads stop elsewhere, and what was seen of them is of no use.
    const isOfUse = before !== undefined && isSame(before.things, sorts.things)
    this.#sorts = {
      ...sorts,
      doubts: before?.doubts ?? sorts.doubts,
      futures: unrelied(isOfUse ? merged.saved : sorts.futures),
      learning: morePatient(sorts.learning),
    }
  }

  get #common(): Omit<PartTask, 'index'> {
    const { preemptions, seed = 1 } = this.#options
    return {
      strategy: this.#strategy,
      ...(preemptions === undefined ? {} : { preemptions }),
      seed,
      violations: this.#violations,
      ...(this.#options.twice === true ? { twice: true } : {}),
      ...(this.#sorts === undefined ? {} : { sorts: this.#sorts }),
      control: this.#control.buffer,
    }
  }

  get #interrupts(): Omit<CutTreeOptions, 'places'> {
    const { pause, breathe } = this.#options
    return {
      stop: () => this.#control.stopped,
      ...(pause === undefined ? {} : { pause }),
      ...(breathe === undefined ? {} : { breathe }),
    }
  }

  async #cutAnew(): Promise<Cut> {
    const common = this.#common
    const { schedules } = this.#options
    if (isSample(this.#strategy)) return cutSamples(common, schedules)
    const cut = await cutTree(this.#subject, common, {
      places: this.#places,
      ...this.#interrupts,
    })
    if (cut.sorts !== undefined) this.#sorts = cut.sorts
    return cut
  }

  /** **Shape** in the order of the parts; `undefined` for one that nobody began. */
  #run(cut: Cut): Promise<readonly (PartResult | undefined)[]> {
    this.#queue = new PartQueue(cut.parts, this.#control, this.#shares)
    return this.#queue.run(this.#workers)
  }

  #sum(cut: Cut, results: readonly (PartResult | undefined)[], endless?: string): Exploration {
    const winner = results.findIndex((one) => one?.foundEnough === true)
    const counted = winner < 0 ? results : results.slice(0, winner + 1)
    const tallies = counted.flatMap((one) => (one === undefined ? [] : [one.tally]))
    if (cut.top !== undefined) tallies.push(cut.top)
    const total = (of: (tally: SavedTally) => number): number => tallies.reduce((sum, tally) => sum + of(tally), 0)
    const inTallies = tallies.flatMap((tally) => tally.found)
    const all = firstOfEach(cut.top === undefined ? [...inTallies, ...cut.found] : inTallies)
    const found = upTo(all, this.#violations)
    const foundEnough = found.length >= this.#violations
    const cutShort = endless !== undefined || tallies.some((tally) => tally.cutShort)
    const whole = isWhole(cut, counted) && !this.#control.stopped
    if (!whole && !foundEnough && endless === undefined && !hasParted(found)) this.#keep(cut, results)
    return explorationOf(this.#subject, this.#strategy, this.#options, {
      schedules: total((tally) => tally.schedules),
      cuts: total((tally) => tally.cuts),
      steps: total((tally) => tally.steps),
      states: cut.states,
      found,
      foundEnough,
      cutShort,
      endless,
      complete: whole && !foundEnough && !cutShort,
      stopped: !whole || foundEnough,
      outcomes: new Map(),
      workers: this.#workers.length,
    })
  }

  /** Without parts when the cutting itself was stopped: it is done again. */
  #keep(cut: Cut, results: readonly (PartResult | undefined)[]): void {
    const begun = results.length > 0
    const parts = begun ? cut.parts.map((task, i) => savedPart(task, results[i])) : null
    this.#rest = {
      digest: this.#subject.digest,
      ...this.#asked,
      parts: {
        workers: this.#workers.length,
        ...(this.#sorts === undefined ? {} : { sorts: this.#sorts }),
        ...(begun && cut.top !== undefined ? { top: cut.top } : {}),
        parts,
        places: this.#places,
      },
      ...(begun && cut.states !== undefined ? { table: cut.states.save() } : {}),
    }
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

const isWhole = (cut: Cut, results: readonly (PartResult | undefined)[]): boolean =>
  cut.whole && results.every((one) => one?.whole === true)

const isSame = (a: SavedThings, b: SavedThings): boolean => JSON.stringify(a) === JSON.stringify(b)

const hasParted = (found: readonly Found[]): boolean => found.some(({ violation }) => isNondeterminism(violation))

/** The first `most`, and what the last of those schedules broke beside it, as one who searches alone has it. */
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
