/** What those who make one search by state matching together are told, and what they tell; goes through `postMessage`. */
import type { Subtree } from './frame.ts'
import type { News } from './futures.ts'
import type { SavedGoingBack, WrongPerhaps } from './going-back.ts'
import type { Among } from './learning.ts'
import type { SavedSorts, SavedTally, SavedThings } from './saved-search.ts'

/**
 * `learn`: see what threads share and come to touch. `explore`: what it was given. `settle`: that, and then go back to where
 * threads were left aside wrongly.
 */
export type Phase = 'learn' | 'explore' | 'settle'
/** `save`: give all that is left. */
export type Doing = Phase | 'save'

/** What holds for the whole search. */
export interface TogetherSearch {
  readonly violations: number
  readonly preemptions?: number
  /** Each schedule is run twice. */
  readonly twice?: boolean
  /** See `TallyOptions`. */
  readonly outcomes?: boolean
  /** See `DepthFirstOptions`. */
  readonly learn?: boolean
  /** What is known of one that was stopped, and where one may have to go back to. */
  readonly sorts?: SavedSorts
  readonly back?: SavedGoingBack
  /** Of `PartControl`. */
  readonly control: SharedArrayBuffer
}

/** What it is about, and who it is. **Shape** `isHere`: see `Worker`. */
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
  /** What all have learned, if it is more than before: what is shared, and what is not to be remembered. */
  readonly things?: SavedThings
  readonly doubts?: readonly number[]
  /** What others have learned since: what threads may come to touch. */
  readonly news: readonly News[]
  /** The search begins here. */
  readonly isFirst: boolean
  /** To explore. */
  readonly subtrees: readonly Subtree[]
  /** To look at. */
  readonly claims: readonly WrongPerhaps[]
  /** Of `SharedStates`; when it is another than before. */
  readonly table?: SharedArrayBuffer
}

export interface TogetherResult {
  readonly kind: 'together'
  /** Of all that it did since the search started over. */
  readonly tally: SavedTally
  /** See `Tally`. */
  readonly endless: string | undefined
  readonly isStopped: boolean
  /** It has something to go on with. */
  readonly isBusy: boolean
  /** It has learned what it needs. */
  readonly hasLearned: boolean
  /** How much of the search that is, from 0 to 1. */
  readonly left: number
  /** For others, who have nothing to do. */
  readonly subtrees: readonly Subtree[]
  readonly claims: readonly WrongPerhaps[]
  readonly news: News
  /** As in its task. */
  readonly things?: SavedThings
  readonly doubts?: readonly number[]
  /** All have to start over. */
  readonly isBroken: boolean
  readonly isFull: boolean
  /** See `Attempts`. */
  readonly isStale: boolean
  readonly restsOnAll: boolean
  /** With `save`. */
  readonly sorts?: SavedSorts
}
