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
/** Its value changed, which is nobody's concern. */
export const NOTED = 10
/** As `ADD`, for a count that goes down. */
export const DROPPED = 11
/** A thread that wants a lock exclusively takes it, or stands in line from now on. */
export const COMES = 12
/** A count went down to one: as `ADD`, but the next drop is the last. */
export const LEFT_ONE = 13
export type Mode = number

export const isAcquire = (mode: Mode): boolean => mode === ACQUIRE || mode === ACQUIRE_SHARED
/** Does what the step learned depend on the content of the thing? */
export const observes = (mode: Mode): boolean => mode === READ || mode === WRITE || mode === TRIED
