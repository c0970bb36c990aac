/** How two steps of one run relate, by what both touched: whether they could have come the other way round. */
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

/** Taken by trying: the thread would have gone on without it. */
export const TAKEN_BY_TRYING = 14
/** Released by a thread that shared it. */
export const RELEASE_SHARED = 15
/** Taken and released within a step, or taken again before anybody else could have it. */
export const OF_NO_CONCERN = 16
/** Taken by a thread that stood in line before. */
export const TAKEN_IN_LINE = 17
const MODES = 18

/** They commute. */
export const NONE = 0
/** Both touch a thing: the later step could have come first, unless it had to wait for a lock. */
export const DATA = 1
/** The later step waits for what the earlier one took: it could have had it first. */
const LOCKS = 2
/** The same, and others may have shared it with the earlier step: they would have to come later as well. */
export const SHARED = 3
/** The earlier step made the later one possible. */
export const AFTER = 4
/** The same, by releasing a lock: it is the taking that races. */
export const ORDERED = 5

/** The relation of an earlier access to a later one of the same thing. */
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
// Another signal might have come first, and let waiters go on before this thread got there.
pair(DATA, SIGNALLED, ADD)
pair(AFTER, SIGNALLED, WAITED)
for (const taking of [ACQUIRE, TAKEN_IN_LINE, ACQUIRE_SHARED, RELEASE, RELEASE_SHARED, TRIED, TAKEN_BY_TRYING]) {
  pair(DATA, TRIED, taking)
  pair(DATA, TAKEN_BY_TRYING, taking)
}
// A thread that tries in vain is in nobody's way.
set(NONE, TRIED, TRIED)
for (const alone of [ACQUIRE, TAKEN_IN_LINE]) {
  for (const taken of [ACQUIRE, TAKEN_IN_LINE, TAKEN_BY_TRYING]) set(LOCKS, taken, alone)
  set(SHARED, ACQUIRE_SHARED, alone)
  set(ORDERED, RELEASE, alone)
  set(ORDERED, RELEASE_SHARED, alone)
}
for (const taken of [ACQUIRE, TAKEN_BY_TRYING]) set(LOCKS, taken, ACQUIRE_SHARED)
set(ORDERED, RELEASE, ACQUIRE_SHARED)
// It could have been taken before the other thread stood in line, and that thread could have come before.
set(LOCKS, COMES, ACQUIRE_SHARED)
set(ORDERED, TAKEN_IN_LINE, ACQUIRE_SHARED)
set(SHARED, ACQUIRE_SHARED, COMES)
// A lock that is released by another thread than took it.
set(AFTER, ACQUIRE, RELEASE)
set(AFTER, TAKEN_IN_LINE, RELEASE)
set(AFTER, TAKEN_BY_TRYING, RELEASE)

/** **Shape** where two steps meet in several things, the highest counts. */
export const relationOf = (earlier: Mode, later: Mode): number => RELATION[earlier * MODES + later] as number
