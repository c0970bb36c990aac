/** What a search has done so far, when it has to stop, and what it found. */
import type { Violation } from '@barter/core'
import { isNondeterminism, type Nondeterminism } from './nondeterminism.ts'
import type { SavedTally } from './saved-search.ts'
import type { Walker } from './walker.ts'

export interface TallyOptions {
  /** Schedules after which the search stops. */
  readonly schedules?: number
  /**
   * Steps of one schedule after which it is given up, and the search goes on: a thread may go round for ever. Unless given,
   * samples give it up after `DEFAULT_DEPTH` steps, and a search that leaves nothing out stops there.
   */
  readonly depth?: number
  /** Go on after the first violation, for this many of them. */
  readonly violations?: number
  /** Asked now and then, for clocks and Ctrl-C. */
  readonly stop?: () => boolean
  /** Asked as often: the search comes back to its caller, who may go on with it. */
  readonly pause?: () => boolean
  /** How many schedules pass between two such questions; 64 unless given. */
  readonly lookEvery?: number
  /** Told now and then, and at the end. */
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
/** From here on a schedule is likely to go on for ever, and each of its steps may cost as much as all before it. */
const SUSPECT_DEPTH = 5000
const STEPS_BETWEEN_LOOKS = 16
/** How many schedules pass between two looks at the clock. */
const LOOK_EVERY = 64

/** Whoever took the last step, and where it is, as a clause. */
export const whoGoesOn = ({ run, path }: Pick<Walker, 'run' | 'path'>): string => {
  const last = path.at(-1) ?? 0
  return `${run.nameOf(last)} ${run.standsAt(last)} after ${path.length} steps`
}

export class Tally {
  /** Runs that came to their end, and those that were left because the rest was explored before. */
  schedules = 0
  cuts = 0
  /** How often it started over. */
  restarts = 0
  complete = false
  /** A schedule was given up for its length. */
  cutShort = false
  /** Who still went on in a schedule that the search stopped at: a thread and where it was, as a clause. */
  endless: string | undefined
  stopped = false
  paused = false
  /** Steps at which it pauses for somebody else. */
  pausesAt = Infinity
  /** It ended because of what it found. */
  foundEnough = false
  states: { readonly count: number; readonly memory: number } | undefined
  /** How many are known by now; 0 for strategies that do not look. */
  statesNow = (): number => 0
  /** How much of the search is done, from 0 to 1: of samples exactly, of a tree as if its branches were alike. */
  share = (): number => 0
  readonly found: Found[] = []
  readonly outcomes = new Map<string, number>()
  readonly #walker: Walker
  readonly #options: TallyOptions
  #looks = 0
  #suspectSteps = 0

  constructor(walker: Walker, options: TallyOptions) {
    this.#walker = walker
    this.#options = options
  }

  get steps(): number {
    return this.#walker.steps
  }

  get replayed(): number {
    return this.#walker.replayed
  }

  /** May the search go on? A pause is over when it is asked again. */
  get goesOn(): boolean {
    return !this.stopped && !this.paused
  }

  /** The run under way came to its end. **Shape** `known`: what comes of it, when that is known. Gives what user space saw. */
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

  /** The search starts over, and so do its counts; what was found stays found. */
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

  /** Has the run under way come upon a violation? Then its schedule is kept. */
  sawViolation(): boolean {
    if (this.#walker.run.found === 0) return false
    this.#keepViolations()
    return true
  }

  /** A replay went another way: what the search knows of its runs no longer holds, so it is over. */
  parted(violation: Nondeterminism, schedule: readonly number[]): void {
    this.found.push({ violation, schedule: schedule.slice(0, violation.steps) })
    this.foundEnough = true
    this.stopped = true
    this.#options.progress?.(this)
  }

  /** Another search of the same subject found something: it counts as found here, and so does what it took. */
  takes({ found, schedules }: Tally): void {
    if (found.length === 0) return
    this.schedules += schedules
    for (const one of found) this.#keep(one)
    this.#isEnough()
  }

  tooLong(depth: number): boolean {
    if (depth < (this.#options.depth ?? DEFAULT_DEPTH) && !this.#isOverIn(depth)) return false
    this.cutShort = true
    // What comes of all that it may do before the same depth is not to be had in a life.
    if (this.#options.depth === undefined && !this.stopped) this.endsNever(whoGoesOn(this.#walker))
    return true
  }

  /** Nothing would be left out only by a search without an end, so it is over. **Shape** `endless`: as of the tally. */
  endsNever(endless: string): void {
    this.cutShort = true
    this.endless = endless
    this.stopped = true
    this.#options.progress?.(this)
  }

  /** Of a schedule that may have no end, which nobody waits for once the time is over. */
  #isOverIn(depth: number): boolean {
    if (depth < SUSPECT_DEPTH || ++this.#suspectSteps % STEPS_BETWEEN_LOOKS !== 0) return false
    if (this.#options.stop?.() === true) this.stopped = true
    return this.stopped
  }

  save(): SavedTally {
    const { schedules, cuts, restarts, cutShort, found, outcomes } = this
    const { steps, replayed, runs } = this.#walker
    return { schedules, cuts, restarts, cutShort, steps, replayed, runs, found, outcomes: [...outcomes] }
  }

  /** Count on from there. */
  restore(saved: SavedTally): void {
    this.schedules = saved.schedules
    this.cuts = saved.cuts
    this.restarts = saved.restarts
    this.cutShort = saved.cutShort
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

  /** Unless the same is known. */
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

  /** A piece of the search is done: now and then somebody is asked and told. */
  look(): void {
    if (this.steps >= this.pausesAt) this.paused = true
    if (++this.#looks % (this.#options.lookEvery ?? LOOK_EVERY) !== 0) return
    this.#options.progress?.(this)
    if (this.#options.stop?.() === true) this.stopped = true
    if (this.#options.pause?.() === true) this.paused = true
  }
}
