/** Messages to and from the workers of one search by state matching; they go through `postMessage`. */
import type { Subtree } from './frame.ts'
import type { News } from './futures.ts'
import type { SavedGoingBack, WrongPerhaps } from './going-back.ts'
import type { Among } from './learning.ts'
import type { SavedSorts, SavedTally, SavedThings } from './saved-search.ts'

/**
 * `learn`: find out what threads share and come to touch. `explore`: what it is given. `settle`: that, and then go back to places
 * where threads were wrongly left aside.
 */
export type Phase = 'learn' | 'explore' | 'settle'
/** `save`: give all that is left. */
export type Doing = Phase | 'save'

/** Options of the whole search. */
export interface TogetherSearch {
  readonly violations: number
  readonly preemptions?: number
  /** Each schedule is run twice. */
  readonly twice?: boolean
  /** See `TallyOptions`. */
  readonly outcomes?: boolean
  /** See `DepthFirstOptions`. */
  readonly learn?: boolean
  /** If it resumes a search: what that had learned, and where it may have to go back to. */
  readonly sorts?: SavedSorts
  readonly back?: SavedGoingBack
  /** Of `PartControl`. */
  readonly control: SharedArrayBuffer
}

/** The search, and the number of the worker. **Shape** `isHere`: see `Worker`. */
export interface TogetherBeginning extends TogetherSearch, Among {
  readonly isHere: boolean
}

export interface TogetherTask {
  readonly kind: 'together'
  readonly does: Doing
  /** Only with the first task. */
  readonly begin?: TogetherBeginning
  /** How often the search has started over. */
  readonly attempt: number
  /** See `Attempts`. */
  readonly isWary: boolean
  /** What all have learned, if it is more than before: what is shared, and which steps must not be remembered. */
  readonly things?: SavedThings
  readonly doubts?: readonly number[]
  /** What others have learned since about what threads may come to touch. */
  readonly news: readonly News[]
  /** Start the search at the root. */
  readonly isFirst: boolean
  /** Parts to explore. */
  readonly subtrees: readonly Subtree[]
  /** Claims to check. */
  readonly claims: readonly WrongPerhaps[]
  /** The table, see `SharedStates`; if it is a new one. */
  readonly table?: SharedArrayBuffer
}

export interface TogetherResult {
  readonly kind: 'together'
  /** Counts of everything that it did since the search started over. */
  readonly tally: SavedTally
  /** See `Tally`. */
  readonly endless: string | undefined
  readonly isStopped: boolean
  /** It has more to do. */
  readonly isBusy: boolean
  /** It has finished learning. */
  readonly hasLearned: boolean
  /** The share of the search that it has left, from 0 to 1. */
  readonly left: number
  /** Parts for workers that have nothing to do. */
  readonly subtrees: readonly Subtree[]
  readonly claims: readonly WrongPerhaps[]
  readonly news: News
  /** As in its task. */
  readonly things?: SavedThings
  readonly doubts?: readonly number[]
  /** All workers have to start over. */
  readonly isBroken: boolean
  readonly isFull: boolean
  /** See `Attempts`. */
  readonly isStale: boolean
  readonly restsOnAll: boolean
  /** With `save`. */
  readonly sorts?: SavedSorts
}
