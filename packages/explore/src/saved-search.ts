/** A search that was stopped, as data: what it takes to resume it and come to the same end. */
import type { Subtree } from './frame.ts'
import type { SavedFutures } from './futures.ts'
import type { SavedGoingBack } from './going-back.ts'
import type { SavedLearning } from './learning.ts'
import type { Standpoint } from './persistent-set.ts'
import type { SavedSleeper } from './saved-sleeper.ts'
import type { Found } from './tally.ts'

export interface SavedTally {
  readonly schedules: number
  readonly cuts: number
  readonly restarts: number
  readonly cutShort: boolean
  readonly readsClock: boolean
  readonly steps: number
  readonly replayed: number
  readonly runs: number
  readonly found: readonly Found[]
  readonly outcomes: readonly (readonly [string, number])[]
}

interface SavedFrame {
  readonly depth: number
  readonly candidates: readonly number[]
  readonly next: number
  readonly asleep: readonly SavedSleeper[]
  readonly preemptions: number
  readonly last: number
  readonly at: Standpoint
  readonly first: readonly number[]
  readonly others: readonly number[]
  readonly ground: number
  readonly stateA: number
  readonly stateB: number
  readonly width: number
}

/** Sorts of things in the order in which they were met, what is known of them, and the locks taken under them. */
export type SavedThings = readonly (readonly [key: number, flags: number, under: readonly number[]])[]

/** What a search has learned of the subject: how threads share things, and what each may still touch. */
export interface SavedSorts {
  readonly things: SavedThings
  readonly futures: SavedFutures
  /** Steps that must not be remembered, see `StepMemory`. */
  readonly doubts: readonly number[]
  readonly learning: SavedLearning
}

/** **Shape** `frames`, `path`, `state`: once a depth-first search has begun; `sorts`: if it learns; `next`: for samples. */
export interface SavedSearch {
  readonly tally: SavedTally
  /** Number of the next sample. */
  readonly next?: number
  readonly path?: readonly number[]
  readonly frames?: readonly SavedFrame[]
  readonly sorts?: SavedSorts
  /** Hashes of the last place on the path, which plugins that have changed since do not reach. */
  readonly state?: readonly [number, number]
  readonly visited?: number
  /** See `Attempts`. */
  readonly isWary?: boolean
  /** See `Attempts`. */
  readonly isStale?: boolean
  /** Places that it may have to go back to; if missing, all claims have to hold. */
  readonly back?: SavedGoingBack
}

/** A part of a search by several workers: where it begins, and how far it has come. */
export interface SavedPart {
  readonly index: number
  readonly subtree?: Subtree
  /** Numbers of samples. */
  readonly from?: number
  readonly to?: number
  /** If it was begun: what it takes to resume it. */
  readonly rest?: SavedSearch
  /** If it came to its end. */
  readonly done?: SavedTally
}

/** **Shape** `parts`: `null` if the tree has not been cut yet. */
export interface SavedParts {
  readonly workers: number
  readonly sorts?: SavedSorts
  /** Of the top of the tree. */
  readonly top?: SavedTally
  readonly parts: readonly SavedPart[] | null
  /** If a single search made it: places that it may have to go back to. */
  readonly back?: SavedGoingBack
  /** Size of the next table of states; the saved table has a size of its own. */
  readonly places: number
}

/**
 * **Shape** all but `table` goes through JSON; `table`: the visited states of a search with state matching. `search`: of a
 * single search; `parts`: of several workers.
 */
export interface SavedExploration {
  readonly digest: string
  readonly strategy: string
  readonly preemptions: number | null
  readonly seed: number
  readonly stopAtFirst: boolean
  readonly twice: boolean
  /** Rounds of random schedules that are over. */
  readonly besides?: number
  readonly search?: SavedSearch
  readonly parts?: SavedParts
  readonly table?: Int32Array
}
