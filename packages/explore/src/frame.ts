/** A place on the way of a search, with those who are yet to go on from it. */
import type { Footprint } from './footprint.ts'
import type { Standpoint } from './persistent-set.ts'
import type { Place } from './stretch.ts'

/** A thread that need not go first from here: all that begins so was explored, or is equal to what will be. */
export interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
  /** The count that it drops one of, when nothing else that it does concerns anybody; -1 for none. */
  readonly drops: number
}

export interface Frame {
  /** Steps before it: several may lie between two frames. */
  readonly depth: number
  readonly candidates: number[]
  next: number
  /** Those of before, and those that were explored from here. */
  readonly asleep: Sleeper[]
  readonly preemptions: number
  /** Who ran before it and could have gone on; -1 when nobody could. */
  readonly last: number
  /** What is known of the threads there. */
  readonly at: Standpoint
  /** Threads of which all that can go on are candidates, and those that are not as nobody of these concerns them. */
  first: readonly number[]
  readonly others: number[]
  /** See `Grounds`. */
  ground: number
  /** Hashes of the place. */
  readonly stateA: number
  readonly stateB: number
  /** Its share of the whole search, as if all branches were alike. */
  width: number
}

/** What begins at a place, for somebody else to explore. */
export interface Subtree {
  readonly path: readonly number[]
  readonly candidates: readonly number[]
  readonly asleep: readonly Sleeper[]
  readonly preemptions: number
  /** Hashes of the place: who comes to another one has other plugins, or plugins that do not do the same each time. */
  readonly state: readonly [number, number]
  /** See `Frame`; all threads, and none, unless given. */
  readonly first?: readonly number[]
  readonly others?: readonly number[]
  readonly width?: number
}

export const digestOf = ({ enabled, digests }: Place, thread: number): number => digests[enabled.indexOf(thread)] ?? 0

export const bitOf = (digest: number): number => 1 << (digest & 31)

export const couldGoOn = ({ enabled, last }: Place): boolean => enabled.includes(last)

/** One of each that may be swapped. */
export function oneOfEach(place: Place, threads: readonly number[]): number[] {
  const digests: number[] = []
  return threads.filter((thread) => {
    const digest = digestOf(place, thread)
    if (digests.includes(digest)) return false
    digests.push(digest)
    return true
  })
}

/** It sleeps, or one that may be swapped for it: what begins with that one was explored with both names changed. */
export function isAsleep(place: Place, thread: number, asleep: readonly Sleeper[]): boolean {
  if (asleep.some((sleeper) => sleeper.thread === thread)) return true
  const digest = digestOf(place, thread)
  return asleep.some((sleeper) => digestOf(place, sleeper.thread) === digest)
}

/**
 * Two who sleep before they drop one of the same count: it makes a difference only who is the last, so neither wakes before
 * the other has dropped. Whatever comes from here was explored with one of them first.
 */
export function dropTogether(place: Place, asleep: readonly Sleeper[]): boolean {
  return asleep.some(({ thread, drops }, i) => {
    if (drops < 0) return false
    if (asleep.some((other, j) => j < i && other.drops === drops)) return true
    return place.enabled.some((other) => other !== thread && isAsleep(place, other, [asleep[i] as Sleeper]))
  })
}
