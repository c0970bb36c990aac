/** Which threads to try at a place: the last to run comes first; none that sleeps, and none that an earlier visit tried. */
import { mixA, mixB } from '@barter/core'
import { bitOf, couldGoOn, digestOf, isAsleep, oneOfEach, type Sleeper } from './frame.ts'
import type { Place } from './stretch.ts'
import type { StateTable } from './visited-states.ts'

export class WhoGoesOn {
  visited: StateTable
  readonly #match: boolean
  readonly #bound: number

  /** **Shape** `bound`: most preemptions of a schedule. */
  constructor(visited: StateTable, match: boolean, bound: number) {
    this.visited = visited
    this.#match = match
    this.#bound = bound
  }

  /** The threads to try; none if all was explored. With state matching the place counts as visited from here on. */
  from(place: Place, asleep: readonly Sleeper[], preemptions: number): number[] {
    const wanted = this.#wanted(place, asleep, preemptions)
    return this.#match ? this.#unexplored(place, wanted, asleep, preemptions) : wanted
  }

  /** Note the end of a run. **Shape** gives whether it is new. */
  endsAt(place: Place, preemptions: number): boolean {
    return this.#enter(place, preemptions, 0) === -1
  }

  #wanted(place: Place, asleep: readonly Sleeper[], preemptions: number): number[] {
    const { last } = place
    let enabled = [...place.enabled]
    // The thread that ran last goes first: schedules with few switches come early.
    if (couldGoOn(place)) {
      if (preemptions >= this.#bound) return [last]
      enabled = [last, ...enabled.filter((thread) => thread !== last)]
    }
    if (asleep.length === 0) return enabled
    return enabled.filter((thread) => !isAsleep(place, thread, asleep))
  }

  /** Of these threads, those that no earlier visit has explored; only one of those that may be swapped for each other. */
  #unexplored(place: Place, wanted: readonly number[], asleep: readonly Sleeper[], preemptions: number): number[] {
    let left = 0
    for (const { thread } of asleep) left |= bitOf(digestOf(place, thread))
    const before = this.#enter(place, preemptions, left)
    if (before === 0) return []
    return oneOfEach(
      place,
      wanted.filter((thread) => (before & bitOf(digestOf(place, thread))) !== 0),
    )
  }

  /** With a bound, the preemptions that are left and the thread that ran last belong to the state. */
  #enter(place: Place, preemptions: number, left: number): number {
    const { stateA, stateB, last } = place
    if (this.#bound === Infinity) return this.visited.enter(stateA, stateB, left)
    const extra = preemptions * 31 + (last < 0 ? 0 : place.lastDigest)
    return this.visited.enter(mixA(stateA, extra), mixB(stateB, extra), left)
  }
}
