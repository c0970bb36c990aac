/** A place on the path of a search, with the threads that are still to be tried there. */
import type { Footprint } from './footprint.ts'
import type { Standpoint } from './persistent-set.ts'
import type { SavedSleeper } from './saved-sleeper.ts'
import type { Place } from './stretch.ts'

/** A thread that need not go first from here: what begins with it was explored, or equals what will be. */
export interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
  /** The count that it drops one of, by its name, if nothing else that it does conflicts with anybody; -1 for none. */
  readonly drops: number
}

export interface Frame {
  /** Steps before the place; there may be several between two frames. */
  readonly depth: number
  readonly candidates: number[]
  next: number
  /** Sleepers from before, and the threads that were explored from here. */
  readonly asleep: Sleeper[]
  readonly preemptions: number
  /** The thread that took the last step, if it could go on; else -1. */
  readonly last: number
  /** What is known of the threads there. */
  readonly at: Standpoint
  /** The chosen threads, of which all that can go on are candidates; and the threads left aside, with which they do not conflict. */
  first: readonly number[]
  readonly others: number[]
  /** See `Grounds`. */
  ground: number
  /** Hashes of the place. */
  readonly stateA: number
  readonly stateB: number
  /** Its share of the whole search, as if all branches were of equal size. */
  width: number
}

/** What begins at a place, for another worker to explore. */
export interface Subtree {
  readonly path: readonly number[]
  readonly candidates: readonly number[]
  readonly asleep: readonly SavedSleeper[]
  readonly preemptions: number
  /** Hashes of the place: a replay that comes to another one has other plugins, or nondeterministic ones. */
  readonly state: readonly [number, number]
  /** See `Frame`; by default all threads, and none. */
  readonly first?: readonly number[]
  readonly others?: readonly number[]
  readonly width?: number
}

export const digestOf = ({ enabled, digests }: Place, thread: number): number => digests[enabled.indexOf(thread)] ?? 0

export const bitOf = (digest: number): number => 1 << (digest & 31)

export const couldGoOn = ({ enabled, last }: Place): boolean => enabled.includes(last)

/** The threads, but only one of those that may be swapped for each other. */
export function oneOfEach(place: Place, threads: readonly number[]): number[] {
  const digests: number[] = []
  return threads.filter((thread) => {
    const digest = digestOf(place, thread)
    if (digests.includes(digest)) return false
    digests.push(digest)
    return true
  })
}

/** Does it sleep, or one that may be swapped for it? What begins with it was then explored under the other's name. */
export function isAsleep(place: Place, thread: number, asleep: readonly Sleeper[]): boolean {
  if (asleep.some((sleeper) => sleeper.thread === thread)) return true
  const digest = digestOf(place, thread)
  return asleep.some((sleeper) => digestOf(place, sleeper.thread) === digest)
}

/**
 * Do two threads sleep that are to drop one of the same count? It only matters who is the last, so neither wakes before the
 * other has dropped: whatever comes from here was explored with one of them first.
 */
export function dropTogether(place: Place, asleep: readonly Sleeper[]): boolean {
  return asleep.some(({ thread, drops }, i) => {
    if (drops < 0) return false
    if (asleep.some((other, j) => j < i && other.drops === drops)) return true
    return place.enabled.some((other) => other !== thread && isAsleep(place, other, [asleep[i] as Sleeper]))
  })
}
