/** What one entry of a step's access list says. Small numbers, since they are compared millions of times. */

export const READ = 1
export const WRITE = 2
export const ADD = 3
/** Exclusive and shared. */
export const ACQUIRE = 4
export const ACQUIRE_SHARED = 5
export const RELEASE = 6
export const TRIED = 7
export const WAITED = 8
export const SIGNALLED = 9
/** Its value changed, which concerns nobody. */
export const NOTED = 10
/** As `ADD`; the content is told apart. */
export const DROPPED = 11
export type Mode = number

const MODES = 12
/** The two steps may not change places. */
const CONFLICT = new Uint8Array(MODES * MODES)
/** Nor could they have: one made the other possible. They are ordered, and no other order is worth a try. */
const ORDER_ONLY = new Uint8Array(MODES * MODES)

function pair(table: Uint8Array, a: Mode, b: Mode): void {
  table[a * MODES + b] = 1
  table[b * MODES + a] = 1
}

pair(CONFLICT, READ, WRITE)
pair(CONFLICT, READ, ADD)
pair(CONFLICT, WRITE, WRITE)
pair(CONFLICT, WRITE, ADD)
pair(CONFLICT, READ, DROPPED)
pair(CONFLICT, WRITE, DROPPED)
// Another who signals might have come first, and let those go on who wait while this one was not there yet.
pair(CONFLICT, SIGNALLED, ADD)
pair(CONFLICT, ACQUIRE, ACQUIRE)
pair(CONFLICT, ACQUIRE, ACQUIRE_SHARED)
pair(CONFLICT, TRIED, ACQUIRE)
pair(CONFLICT, TRIED, ACQUIRE_SHARED)
pair(CONFLICT, TRIED, RELEASE)
pair(ORDER_ONLY, RELEASE, ACQUIRE)
pair(ORDER_ONLY, RELEASE, ACQUIRE_SHARED)
pair(ORDER_ONLY, SIGNALLED, WAITED)

export const conflicts = (a: Mode, b: Mode): boolean => CONFLICT[a * MODES + b] === 1
export const ordersOnly = (a: Mode, b: Mode): boolean => ORDER_ONLY[a * MODES + b] === 1
export const isAcquire = (mode: Mode): boolean => mode === ACQUIRE || mode === ACQUIRE_SHARED
/** What the step learned depends on the thing. */
export const observes = (mode: Mode): boolean => mode === READ || mode === WRITE || mode === TRIED
