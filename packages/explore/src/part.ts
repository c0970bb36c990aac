/** The parts that a search is cut into, which do not depend on the number of workers, and the work on one part. */
import type { Explorable } from '@barter/core'
import { DepthFirst } from './depth-first.ts'
import type { Subtree } from './frame.ts'
import { pct, randomWalk } from './random-walk.ts'
import type { SavedSearch, SavedTally } from './saved-search.ts'
import { runSearch, saveSearch, type Search } from './search.ts'
import { twice } from './twice.ts'

/** Everything that a worker has to know about its part; goes through `postMessage`. */
export interface PartTask {
  readonly kind: 'part'
  /** Its place in the order of all parts. */
  readonly index: number
  readonly strategy: 'dfs' | 'random' | 'pct'
  readonly preemptions?: number
  readonly seed: number
  readonly violations: number
  /** Each schedule is run twice. */
  readonly twice?: boolean
  readonly subtree?: Subtree
  /** See `TallyOptions`. */
  readonly outcomes?: boolean
  /** Where an earlier attempt was stopped. */
  readonly rest?: SavedSearch
  /** Numbers of samples. */
  readonly from?: number
  readonly to?: number
  /** Of `PartControl`. */
  readonly control: SharedArrayBuffer
}

/** What all parts of an exploration have in common. */
export type PartCommon = Omit<PartTask, 'kind' | 'index'>

export interface PartResult {
  readonly kind: 'part'
  readonly tally: SavedTally
  /** It came to its end. */
  readonly whole: boolean
  readonly foundEnough: boolean
  /** It was stopped, and can go on. */
  readonly rest?: SavedSearch
}

const WORDS = 6
const STOPPED = 0
const LAST = 1
const SCHEDULES = 2
const IDLE = 3
const RECALLED = 4
const BACK = 5

/** Words in shared memory by which workers are told to stop, and tell how far they are. */
export class PartControl {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = PartControl.#fresh()) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  static #fresh(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(4 * WORDS)
    new Int32Array(buffer)[LAST] = 0x7fff_ffff
    return buffer
  }

  /** Stop all parts for good. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1)
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOPPED) === 1
  }

  /** Parts after `index` no longer matter. */
  dropAfter(index: number): void {
    Atomics.store(this.#words, LAST, Math.min(index, Atomics.load(this.#words, LAST)))
  }

  /** Schedules that were run or cut by all workers together, roughly. */
  get schedules(): number {
    return Atomics.load(this.#words, SCHEDULES)
  }

  /** Count so many more. */
  count(schedules: number): void {
    Atomics.add(this.#words, SCHEDULES, schedules)
  }

  /** Tell that so many workers have nothing to do, while others have. */
  set idle(workers: number) {
    Atomics.store(this.#words, IDLE, workers)
  }

  get isAnyIdle(): boolean {
    return Atomics.load(this.#words, IDLE) > 0
  }

  /** One of those was given something. */
  served(): void {
    Atomics.sub(this.#words, IDLE, 1)
  }

  /** Tell all workers to come back, to go on later. */
  get recalls(): boolean {
    return Atomics.load(this.#words, RECALLED) === 1
  }

  set recalls(whether: boolean) {
    Atomics.store(this.#words, RECALLED, whether ? 1 : 0)
  }

  /** A worker has come back, and waits for its next task. */
  cameBack(): void {
    Atomics.add(this.#words, BACK, 1)
  }

  /** One of those was answered. */
  heard(): void {
    Atomics.sub(this.#words, BACK, 1)
  }

  /** How many wait. */
  get back(): number {
    return Atomics.load(this.#words, BACK)
  }

  /** Begin again: all parts matter, and nothing is counted yet. */
  renew(): void {
    Atomics.store(this.#words, LAST, 0x7fff_ffff)
    Atomics.store(this.#words, SCHEDULES, 0)
  }

  isDropped(index: number): boolean {
    return this.stopped || Atomics.load(this.#words, LAST) < index
  }
}

export function runPart(subject: Explorable, task: PartTask): PartResult {
  const control = new PartControl(task.control)
  const searched = task.twice === true ? twice(subject) : subject
  const search = searchOf(searched, task, () => {
    control.count(LOOK_EVERY)
    return control.isDropped(task.index)
  })
  if (task.rest !== undefined) search.restore(task.rest)
  runSearch(subject, search)
  const { tally } = search
  return {
    kind: 'part',
    tally: tally.save(),
    whole: !tally.stopped,
    foundEnough: tally.foundEnough,
    ...restOf(search, control),
  }
}

/** The rest of a part that was stopped from outside; other rests are dropped. */
function restOf(search: Search, control: PartControl): { readonly rest?: SavedSearch } {
  if (!control.stopped || !search.tally.stopped) return {}
  const rest = saveSearch(search)
  return rest === undefined ? {} : { rest }
}

function searchOf(subject: Explorable, task: PartTask, stop: () => boolean): Search {
  const { strategy, seed, violations, preemptions, outcomes = false, subtree, from = 0, to = 0 } = task
  const common = { violations, outcomes, stop, lookEvery: LOOK_EVERY }
  if (strategy === 'random') return randomWalk(subject, { ...common, seed, from, samples: to })
  if (strategy === 'pct') return pct(subject, { ...common, seed, from, samples: to })
  return new DepthFirst(subject, {
    ...common,
    match: false,
    everyEnd: task.twice === true,
    ...(preemptions === undefined ? {} : { preemptions }),
    ...(subtree === undefined ? {} : { subtree }),
  })
}

/** Schedules between two looks at who wants to stop it. */
export const LOOK_EVERY = 2
