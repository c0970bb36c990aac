/** A search that was stopped, as data: what it takes to go on to the same end. */
import type { Footprint } from './footprint.ts'
import type { Found } from './tally.ts'

export interface SavedTally {
  readonly schedules: number
  readonly cuts: number
  readonly restarts: number
  readonly cutShort: boolean
  readonly steps: number
  readonly replayed: number
  readonly runs: number
  readonly found: readonly Found[]
  readonly outcomes: readonly (readonly [string, number])[]
}

export interface SavedSleeper {
  readonly thread: number
  readonly touched: Footprint
}

export interface SavedFrame {
  readonly depth: number
  readonly candidates: readonly number[]
  readonly next: number
  readonly asleep: readonly SavedSleeper[]
  readonly preemptions: number
}

/** Sorts of things in the order in which they were met, and whether threads share them. */
export type SavedSorts = readonly (readonly [number, boolean])[]

/** **Shape** `frames`, `path`, `sorts`, `state`: of a depth-first search; `next`: of samples. */
export interface SavedSearch {
  readonly tally: SavedTally
  /** Number of the next sample. */
  readonly next?: number
  readonly path?: readonly number[]
  readonly frames?: readonly SavedFrame[]
  readonly sorts?: SavedSorts
  /** Hashes of the last place on the path: plugins that do otherwise now do not come to it. */
  readonly state?: readonly [number, number]
  readonly visited?: number
}

/** **Shape** all but `table` goes through JSON; `table`: the visited states of a search with state matching. */
export interface SavedExploration {
  readonly digest: string
  readonly strategy: string
  readonly preemptions: number | null
  readonly seed: number
  readonly stopAtFirst: boolean
  readonly twice: boolean
  readonly search: SavedSearch
  readonly table?: Int32Array
}
