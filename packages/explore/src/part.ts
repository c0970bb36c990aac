/** A search cut into parts that do not depend on how many work at them, and one part at work. */
import type { Explorable } from '@barter/core'
import { DepthFirst } from './depth-first.ts'
import { pct, randomWalk } from './random-walk.ts'
import type { SavedSearch, SavedSleeper, SavedSorts, SavedTally } from './saved-search.ts'
import { runSearch, saveSearch, type Search } from './search.ts'
import { SharedStates } from './shared-states.ts'
import { twice } from './twice.ts'

/** What begins at a place in the tree of schedules. */
export interface Subtree {
  readonly path: readonly number[]
  readonly candidates: readonly number[]
  readonly asleep: readonly SavedSleeper[]
  readonly preemptions: number
  /** Hashes of the place: who comes to another one has other plugins, or plugins that do not do the same each time. */
  readonly state: readonly [number, number]
}

/** Everything that a worker has to know; goes through `postMessage`. */
export interface PartTask {
  /** Its place in the order of all parts. */
  readonly index: number
  readonly strategy: 'states' | 'dfs' | 'random' | 'pct'
  readonly preemptions?: number
  readonly seed: number
  readonly violations: number
  /** Each schedule is run twice. */
  readonly twice?: boolean
  readonly subtree?: Subtree
  readonly sorts?: SavedSorts
  /** It was begun before. */
  readonly rest?: SavedSearch
  /** Of `SharedStates`. */
  readonly table?: SharedArrayBuffer
  /** Numbers of samples. */
  readonly from?: number
  readonly to?: number
  /** Of `PartControl`. */
  readonly control: SharedArrayBuffer
}

export interface PartResult {
  readonly tally: SavedTally
  /** It came to its end. */
  readonly whole: boolean
  readonly foundEnough: boolean
  /** It was stopped, and can go on. */
  readonly rest?: SavedSearch
  /** Things are shared that seemed private: all parts begin anew, knowing this. */
  readonly discovered?: SavedSorts
  /** What was known at its end, and what it rests on. */
  readonly known?: SavedSorts
}

const WORDS = 3
const STOPPED = 0
const LAST = 1
const SCHEDULES = 2

/** How parts are told to stop, and tell how far they are. */
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

  /** All of them, for good. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1)
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOPPED) === 1
  }

  /** Those behind `index` are of no interest any more. */
  dropAfter(index: number): void {
    Atomics.store(this.#words, LAST, Math.min(index, Atomics.load(this.#words, LAST)))
  }

  /** Schedules that were run or cut, about, by all together. */
  get schedules(): number {
    return Atomics.load(this.#words, SCHEDULES)
  }

  /** So many more. */
  count(schedules: number): void {
    Atomics.add(this.#words, SCHEDULES, schedules)
  }

  /** All parts count again, from the beginning. */
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
  const discovered = search instanceof DepthFirst ? search.discovered : undefined
  return {
    tally: tally.save(),
    whole: !tally.stopped,
    foundEnough: tally.foundEnough,
    ...restOf(search, control),
    ...(discovered === undefined ? {} : { discovered }),
    ...(search instanceof DepthFirst && task.strategy === 'states' ? { known: search.sorts } : {}),
  }
}

/** Of one that was stopped from outside: others are dropped, or begin anew. */
function restOf(search: Search, control: PartControl): { readonly rest?: SavedSearch } {
  if (!control.stopped || !search.tally.stopped) return {}
  const rest = saveSearch(search)
  return rest === undefined ? {} : { rest }
}

function searchOf(subject: Explorable, task: PartTask, stop: () => boolean): Search {
  const { strategy, seed, violations, preemptions, subtree, sorts, table, from = 0, to = 0 } = task
  const common = { violations, stop, lookEvery: LOOK_EVERY }
  if (strategy === 'random') return randomWalk(subject, { ...common, seed, from, samples: to })
  if (strategy === 'pct') return pct(subject, { ...common, seed, from, samples: to })
  return new DepthFirst(subject, {
    ...common,
    match: strategy === 'states',
    everyEnd: task.twice === true,
    ...(preemptions === undefined ? {} : { preemptions }),
    ...(subtree === undefined ? {} : { subtree }),
    ...(sorts === undefined ? {} : { sorts }),
    ...(table === undefined ? {} : { table: () => new SharedStates(table) }),
  })
}

const LOOK_EVERY = 2
