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
/** Who wants a lock alone takes it, or stands in line from now on. */
export const COMES = 12
/** One is left of those that are counted: as `ADD`, but who drops next is the last. */
export const LEFT_ONE = 13
export type Mode = number

export const isAcquire = (mode: Mode): boolean => mode === ACQUIRE || mode === ACQUIRE_SHARED
/** What the step learned depends on the thing. */
export const observes = (mode: Mode): boolean => mode === READ || mode === WRITE || mode === TRIED
