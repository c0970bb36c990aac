/** What a watchdog and who is watched say to each other. */

/** The name of a symbol: under it, in the global object of who is watched, is who decides. */
export const VERDICT = 'barter.watchdog'

/** A call that is under way. */
export interface StackFrame {
  readonly name: string
  readonly url: string
  /** Line and column, from 1. */
  readonly position: string
}

/** Nobody has a debugger at work any more. */
export interface FromWatchdog {
  readonly kind: 'broken-off'
}
