/**
 * An exploration by several workers. What they find does not depend on how many they are: parts have an order, and the
 * first one that finds something counts; where they share what they have visited, so that the order is one of chance, they
 * only tell whether there is something to find.
 */
import type { Explorable } from '@barter/core'
import { DepthFirst } from './depth-first.ts'
import { exploreWorkers } from './errors.ts'
import { type Exploration, explorationOf, type ExploreOptions } from './explore.ts'
import { isNondeterminism } from './nondeterminism.ts'
import { PartControl, type PartResult, type PartTask } from './part.ts'
import { DEFAULT_SAMPLES } from './random-walk.ts'
import type { SavedSorts, SavedTally } from './saved-search.ts'
import { SharedStates } from './shared-states.ts'
import { runSearch } from './search.ts'
import type { Found } from './tally.ts'
import { twice } from './twice.ts'

/** Works at one part after the other. */
export interface Worker {
  run(task: PartTask): Promise<PartResult>
}

export interface InPartsOptions extends Pick<
  ExploreOptions,
  'strategy' | 'preemptions' | 'schedules' | 'seed' | 'stopAtFirst' | 'shrink' | 'twice'
> {
  /** Stops it from outside. */
  readonly control?: PartControl
  /** Told after each part. */
  readonly progress?: (done: number, parts: number, schedules: number) => void
}

/** Parts that a search is cut into, about. */
const PARTS = 64
const DEEPEST = 24
const FIRST_PLACES = 2 ** 20
const GROWTH = 4

/**
 * **Shape** `undefined` when `states` found something: only one that searches alone knows what comes first.
 * **Errors** `UsageError` `EXPLORE_WORKERS` for `dpor`; those of the workers.
 */
export function exploreInParts(
  subject: Explorable,
  options: InPartsOptions,
  workers: readonly Worker[],
): Promise<Exploration | undefined> {
  const { strategy = 'states' } = options
  if (strategy === 'dpor') throw exploreWorkers(strategy)
  return new InParts(subject, strategy, options, workers).explore()
}

class InParts {
  readonly #subject: Explorable
  readonly #strategy: PartTask['strategy']
  readonly #options: InPartsOptions
  readonly #workers: readonly Worker[]
  readonly #control: PartControl
  #sorts: SavedSorts | undefined
  #places = FIRST_PLACES

  constructor(
    subject: Explorable,
    strategy: PartTask['strategy'],
    options: InPartsOptions,
    workers: readonly Worker[],
  ) {
    this.#subject = subject
    this.#strategy = strategy
    this.#options = options
    this.#workers = workers
    this.#control = options.control ?? new PartControl()
  }

  async explore(): Promise<Exploration | undefined> {
    for (;;) {
      this.#control.renew()
      const cut = this.#cut()
      if (hasParted(cut.found)) return this.#sum(cut, [])
      if (cut.found.length > 0 && this.#shares) return undefined
      const results = await this.#run(cut.tasks)
      // Who searches alone then may not meet it again.
      if (results.some((one) => hasParted(one?.tally.found ?? []))) return this.#sum(cut, results)
      const discovered = results.find((one) => one?.discovered !== undefined)?.discovered
      if (this.#shares && results.some((one) => (one?.tally.found.length ?? 0) > 0)) return undefined
      if (discovered !== undefined) this.#learn(discovered)
      else if (cut.states?.full === true && !this.#control.stopped) this.#places *= GROWTH
      else return this.#sum(cut, results)
    }
  }

  /** Its parts meet in one table, and come there in an order of chance. */
  get #shares(): boolean {
    return this.#strategy === 'states'
  }

  get #violations(): number {
    return this.#options.stopAtFirst === false ? Infinity : 1
  }

  #learn(discovered: SavedSorts): void {
    const isShared = new Map(this.#sorts)
    for (const [sort, shared] of discovered) isShared.set(sort, shared || isShared.get(sort) === true)
    this.#sorts = [...isShared]
  }

  #cut(): Cut {
    return this.#strategy === 'random' || this.#strategy === 'pct' ? this.#cutSamples() : this.#cutTree()
  }

  get #common(): Omit<PartTask, 'index'> {
    const { preemptions, seed = 1 } = this.#options
    return {
      strategy: this.#strategy,
      ...(preemptions === undefined ? {} : { preemptions }),
      seed,
      violations: this.#violations,
      ...(this.#options.twice === true ? { twice: true } : {}),
      control: this.#control.buffer,
    }
  }

  #cutSamples(): Cut {
    const samples = this.#options.schedules ?? DEFAULT_SAMPLES
    const each = Math.ceil(samples / PARTS)
    const tasks = Array.from({ length: Math.ceil(samples / each) }, (_, index) => ({
      ...this.#common,
      index,
      from: index * each,
      to: Math.min(samples, (index + 1) * each),
    }))
    return { tasks, found: [] }
  }

  /** The top of the tree is explored here, deeper and deeper until there are enough places to go on from. */
  #cutTree(): Cut {
    for (let frontier = 3; ; frontier += Math.max(1, frontier >> 2)) {
      let states: SharedStates | undefined
      const top = new DepthFirst(this.#options.twice === true ? twice(this.#subject) : this.#subject, {
        match: this.#shares,
        violations: this.#violations,
        frontier,
        stop: () => this.#control.stopped,
        ...(this.#options.preemptions === undefined ? {} : { preemptions: this.#options.preemptions }),
        ...(this.#sorts === undefined ? {} : { sorts: this.#sorts }),
        table: () => (states = SharedStates.sized(this.#places)),
      })
      runSearch(this.#subject, top)
      this.#sorts = top.sorts
      const { parts, tally } = top
      if (parts.length > 0 && parts.length < PARTS && frontier < DEEPEST && tally.found.length === 0) continue
      const sorts = this.#sorts
      const tasks = parts.map((subtree, index) => ({
        ...this.#common,
        index,
        subtree,
        sorts,
        ...(this.#shares && states !== undefined ? { table: states.buffer } : {}),
      }))
      return { tasks, found: tally.found, top: tally.save(), ...(states === undefined ? {} : { states }) }
    }
  }

  /** Each worker takes the next part. **Shape** in order; `undefined` for a part that nobody began. */
  async #run(tasks: readonly PartTask[]): Promise<readonly (PartResult | undefined)[]> {
    const results = new Array<PartResult | undefined>(tasks.length).fill(undefined)
    let next = 0
    let done = 0
    let schedules = 0
    const work = async (worker: Worker): Promise<void> => {
      for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
        if (this.#control.isDropped(task.index)) return
        const result = await worker.run(task)
        results[task.index] = result
        schedules += result.tally.schedules + result.tally.cuts
        this.#options.progress?.(++done, tasks.length, schedules)
        const mustRestart = result.discovered !== undefined || (this.#shares && result.tally.found.length > 0)
        if (mustRestart || (this.#shares && !result.whole)) this.#control.dropAfter(-1)
        else if (result.foundEnough) this.#control.dropAfter(task.index)
      }
    }
    await Promise.all(this.#workers.map(work))
    return results
  }

  #sum(cut: Cut, results: readonly (PartResult | undefined)[]): Exploration {
    const winner = results.findIndex((one) => one?.foundEnough === true)
    const counted = winner < 0 ? results : results.slice(0, winner + 1)
    const tallies = counted.flatMap((one) => (one === undefined ? [] : [one.tally]))
    if (cut.top !== undefined) tallies.push(cut.top)
    const total = (of: (tally: SavedTally) => number): number => tallies.reduce((sum, tally) => sum + of(tally), 0)
    const found = firstOfEach(tallies.flatMap((tally) => tally.found)).slice(0, this.#violations)
    const foundEnough = found.length >= this.#violations
    const cutShort = tallies.some((tally) => tally.cutShort)
    const whole = counted.every((one) => one?.whole === true) && !this.#control.stopped
    return explorationOf(this.#subject, this.#strategy, this.#options, {
      schedules: total((tally) => tally.schedules),
      cuts: total((tally) => tally.cuts),
      steps: total((tally) => tally.steps),
      states: cut.states,
      found,
      foundEnough,
      cutShort,
      complete: whole && !foundEnough && !cutShort,
      stopped: !whole || foundEnough,
      outcomes: new Map(),
      workers: this.#workers.length,
    })
  }
}

interface Cut {
  readonly tasks: readonly PartTask[]
  /** In the top of the tree. */
  readonly found: readonly Found[]
  readonly top?: SavedTally
  readonly states?: SharedStates
}

const hasParted = (found: readonly Found[]): boolean => found.some(({ violation }) => isNondeterminism(violation))

function firstOfEach(found: readonly Found[]): readonly Found[] {
  const seen = new Map<string, Found>()
  for (const one of found) {
    const key = `${one.violation.invariant} ${one.violation.message}`
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}
