/** How two steps of one run stand to each other, by what both touched: whether they could have come the other way round. */
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  COMES,
  DROPPED,
  LEFT_ONE,
  type Mode,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
  WRITE,
} from './access-mode.ts'

/** Taken by who tried, and would have gone on without it. */
export const TAKEN_BY_TRYING = 14
/** Given back by who shared it. */
export const RELEASE_SHARED = 15
/** Begun and over within a step, or taken again before anybody else could have it. */
export const OF_NO_CONCERN = 16
/** Taken by who stood in line before. */
export const TAKEN_IN_LINE = 17
/** Waited for, but there when it was come to: before that, the step would have ended where it did not. */
export const PASSED = 18
const MODES = 19

/** They commute. */
export const NONE = 0
/** Both touch a thing: the later one could have come first, unless it had to wait for a lock. */
export const DATA = 1
/** The later one waits for what the earlier one took: it could have had it first. */
export const LOCKS = 2
/** The same, and others may have had it with the earlier one: they would have had to come later as well. */
export const SHARED = 3
/** The earlier one made the later one possible. */
export const AFTER = 4
/** The same, by giving back a lock: who took it raced. */
export const ORDERED = 5

/** From the earlier mode and the later one. */
const RELATION = new Uint8Array(MODES * MODES)

function set(relation: number, earlier: Mode, later: Mode): void {
  RELATION[earlier * MODES + later] = relation
}

function pair(relation: number, a: Mode, b: Mode): void {
  set(relation, a, b)
  set(relation, b, a)
}

const CHANGES = [WRITE, ADD, DROPPED, LEFT_ONE]
for (const change of CHANGES) {
  pair(DATA, READ, change)
  pair(DATA, WRITE, change)
}
// Another who signals might have come first, and let those go on who wait while this one was not there yet.
pair(DATA, SIGNALLED, ADD)
pair(AFTER, SIGNALLED, WAITED)
pair(DATA, SIGNALLED, PASSED)
for (const taking of [ACQUIRE, TAKEN_IN_LINE, ACQUIRE_SHARED, RELEASE, RELEASE_SHARED, TRIED, TAKEN_BY_TRYING]) {
  pair(DATA, TRIED, taking)
  pair(DATA, TAKEN_BY_TRYING, taking)
}
// Who tries in vain is in nobody's way.
set(NONE, TRIED, TRIED)
for (const alone of [ACQUIRE, TAKEN_IN_LINE]) {
  for (const taken of [ACQUIRE, TAKEN_IN_LINE, TAKEN_BY_TRYING]) set(LOCKS, taken, alone)
  set(SHARED, ACQUIRE_SHARED, alone)
  set(ORDERED, RELEASE, alone)
  set(ORDERED, RELEASE_SHARED, alone)
}
for (const taken of [ACQUIRE, TAKEN_BY_TRYING]) set(LOCKS, taken, ACQUIRE_SHARED)
set(ORDERED, RELEASE, ACQUIRE_SHARED)
// Before the other one stood in line it could have been had; and the other one could have come before.
set(LOCKS, COMES, ACQUIRE_SHARED)
set(ORDERED, TAKEN_IN_LINE, ACQUIRE_SHARED)
set(SHARED, ACQUIRE_SHARED, COMES)
// A lock that somebody else gives back than took it.
set(AFTER, ACQUIRE, RELEASE)
set(AFTER, TAKEN_IN_LINE, RELEASE)
set(AFTER, TAKEN_BY_TRYING, RELEASE)

/** **Shape** the higher counts where two steps meet in more than one thing. */
export const relationOf = (earlier: Mode, later: Mode): number => RELATION[earlier * MODES + later] as number
