/** What a search has done and found so far, and when it has to stop. */
import type { Violation } from '@barter/core'
import { isNondeterminism, type Nondeterminism } from './nondeterminism.ts'
import type { SavedTally } from './saved-search.ts'
import type { Walker } from './walker.ts'

export interface TallyOptions {
  /** Schedules after which the search stops. */
  readonly schedules?: number
  /**
   * Steps after which a schedule is given up, and the search goes on: a thread may loop for ever. By default, samples give a
   * schedule up after `DEFAULT_DEPTH` steps, and an exhaustive search stops there.
   */
  readonly depth?: number
  /** Go on after the first violation, for this many of them. */
  readonly violations?: number
  /** Asked now and then, for clocks and Ctrl-C. */
  readonly stop?: () => boolean
  /** Asked as often: if true, the search returns to its caller, who may resume it. */
  readonly pause?: () => boolean
  /** Schedules between two such questions; 64 by default. */
  readonly lookEvery?: number
  /** Called now and then, and at the end. */
  readonly progress?: (tally: Tally) => void
  /** Keep what user space saw at the end of each schedule that ran to it. */
  readonly outcomes?: boolean
}

export interface Found {
  readonly violation: Violation
  /** Threads in the order in which they were chosen. */
  readonly schedule: readonly number[]
}

export const DEFAULT_DEPTH = 20_000
/** Beyond this a schedule is likely to go on for ever, and each of its steps may cost as much as all before it. */
const SUSPECT_DEPTH = 5000
const STEPS_BETWEEN_LOOKS = 16
/** Schedules between two looks at the clock. */
const LOOK_EVERY = 64

/** The thread that took the last step, and where it is, as a clause. */
export const whoGoesOn = ({ run, path }: Pick<Walker, 'run' | 'path'>): string => {
  const last = path.at(-1) ?? 0
  return `${run.nameOf(last)} ${run.standsAt(last)} after ${path.length} steps`
}

export class Tally {
  /** Runs that came to their end, and runs that were left because the rest was explored before. */
  schedules = 0
  cuts = 0
  /** How often it started over. */
  restarts = 0
  complete = false
  /** A schedule was given up for its length. */
  cutShort = false
  /** The schedule without an end at which the search stopped: which thread still went on, and where it was, as a clause. */
  endless: string | undefined
  stopped = false
  paused = false
  /** Steps at which it pauses for something else. */
  pausesAt = Infinity
  /** It ended because of what it found. */
  foundEnough = false
  states: { readonly count: number; readonly memory: number } | undefined
  /** States known so far; 0 for strategies that do not match states. */
  statesNow = (): number => 0
  /** Share of the search that is done, from 0 to 1: exact for samples; for a tree, as if its branches were of equal size. */
  share = (): number => 0
  readonly found: Found[] = []
  readonly outcomes = new Map<string, number>()
  readonly #walker: Walker
  readonly #options: TallyOptions
  #hasReadClock = false
  #looks = 0
  #suspectSteps = 0

  constructor(walker: Walker, options: TallyOptions) {
    this.#walker = walker
    this.#options = options
  }

  get steps(): number {
    return this.#walker.steps
  }

  /** See `Explorable`; also before the checkpoint from which it was resumed. */
  get readsClock(): boolean {
    return this.#hasReadClock || this.#walker.readsClock
  }

  get replayed(): number {
    return this.#walker.replayed
  }

  /** May the search go on? */
  get goesOn(): boolean {
    return !this.stopped && !this.paused
  }

  /** The current run came to its end. **Shape** gives what user space saw. `known`: that, if it is known already. */
  schedule(known?: string): string {
    this.schedules++
    const { run } = this.#walker
    const before = run.found
    const outcome = known ?? run.finish()
    if (this.#options.outcomes === true) this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
    if (run.found > before) this.#keepViolations()
    if (this.schedules >= (this.#options.schedules ?? Infinity)) this.stopped = true
    this.look()
    return outcome
  }

  /** The search starts over, and so do its counts; findings stay. */
  restarted(): void {
    this.restarts++
    this.schedules = 0
    this.cuts = 0
    this.outcomes.clear()
  }

  cut(): void {
    this.cuts++
    this.look()
  }

  /** Has the current run met a violation? Then its schedule is kept. */
  sawViolation(): boolean {
    if (this.#walker.run.found === 0) return false
    this.#keepViolations()
    return true
  }

  /** A replay went another way: what the search knows about runs no longer holds, so it ends. */
  parted(violation: Nondeterminism, schedule: readonly number[]): void {
    this.found.push({ violation, schedule: schedule.slice(0, violation.steps) })
    this.foundEnough = true
    this.stopped = true
    this.#options.progress?.(this)
  }

  /** Add the findings of another search of the same subject, and what they cost. */
  takes({ found, schedules }: Tally): void {
    if (found.length === 0) return
    this.schedules += schedules
    for (const one of found) this.#keep(one)
    this.#isEnough()
  }

  tooLong(depth: number): boolean {
    if (depth < (this.#options.depth ?? DEFAULT_DEPTH) && !this.#isOverIn(depth)) return false
    this.cutShort = true
    // Exploring everything it may do up to the same depth would take for ever.
    if (this.#options.depth === undefined && !this.stopped) this.endsNever(whoGoesOn(this.#walker))
    return true
  }

  /** An exhaustive search would never end, so it stops. **Shape** `endless`: see the field. */
  endsNever(endless: string): void {
    this.cutShort = true
    this.endless = endless
    this.stopped = true
    this.#options.progress?.(this)
  }

  /** Ask, inside a schedule that may have no end, whether to stop. */
  #isOverIn(depth: number): boolean {
    if (depth < SUSPECT_DEPTH || ++this.#suspectSteps % STEPS_BETWEEN_LOOKS !== 0) return false
    if (this.#options.stop?.() === true) this.stopped = true
    return this.stopped
  }

  save(): SavedTally {
    const { schedules, cuts, restarts, cutShort, readsClock, found, outcomes } = this
    const { steps, replayed, runs } = this.#walker
    const counts = { schedules, cuts, restarts, steps, replayed, runs }
    return { ...counts, cutShort, readsClock, found, outcomes: [...outcomes] }
  }

  /** Resume counting from a checkpoint. */
  restore(saved: SavedTally): void {
    this.schedules = saved.schedules
    this.cuts = saved.cuts
    this.restarts = saved.restarts
    this.cutShort = saved.cutShort
    this.#hasReadClock = saved.readsClock
    this.found.push(...saved.found)
    for (const [outcome, count] of saved.outcomes) this.outcomes.set(outcome, count)
    this.#walker.steps = saved.steps
    this.#walker.replayed = saved.replayed
    this.#walker.runs = saved.runs
    if (this.schedules >= (this.#options.schedules ?? Infinity)) this.stopped = true
  }

  #keepViolations(): void {
    for (const violation of this.#walker.run.violations()) {
      this.#keep({ violation, schedule: [...this.#walker.path] })
      if (isNondeterminism(violation)) return
    }
    this.#isEnough()
  }

  /** Add a finding, unless the same is known. */
  #keep(one: Found): void {
    const { invariant, message } = one.violation
    if (this.found.some(({ violation }) => violation.invariant === invariant && violation.message === message)) return
    if (isNondeterminism(one.violation)) this.parted(one.violation, one.schedule)
    else this.found.push(one)
  }

  #isEnough(): void {
    if (this.found.length < (this.#options.violations ?? 1)) return
    this.foundEnough = true
    this.stopped = true
  }

  /** A piece of the search is done: now and then ask whether to stop, and report progress. */
  look(): void {
    if (this.steps >= this.pausesAt) this.paused = true
    if (++this.#looks % (this.#options.lookEvery ?? LOOK_EVERY) !== 0) return
    this.#options.progress?.(this)
    if (this.#options.stop?.() === true) this.stopped = true
    if (this.#options.pause?.() === true) this.paused = true
  }
}
