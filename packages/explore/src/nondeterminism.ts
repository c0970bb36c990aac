/**
 * A plugin that is not a function of what it observed. Replay and state matching rest on that, so a search that finds the
 * contrary ends there: its other findings may not come back, and what it left out may not have been the same.
 */
import type { Party, Violation } from '@barter/core'

/** Stands in place of an invariant: the protocol has no number for it. */
export const DETERMINISM = 'determinism'
const RULE = 'decision 5'
const UNTOLD_RULE = 'decision 8'

/** **Shape** `steps`: of the schedule, up to the one after which two runs of it differ; 0: before the first. */
export interface Nondeterminism extends Violation {
  readonly steps: number
}

export const isNondeterminism = (violation: Violation): violation is Nondeterminism =>
  violation.invariant === DETERMINISM && 'steps' in violation

/** What one of two runs did, as clauses: what its thread does, and what else tells the runs apart. */
export interface Side {
  readonly thread: string
  readonly did: string
}

/** **Shape** `where`: `step 7, of nic`. */
export function nondeterminism(steps: number, where: string, first: Side, second: Side): Nondeterminism {
  const other = second.thread === first.thread ? second.did : `${second.thread} ${second.did}`
  return {
    invariant: DETERMINISM,
    rule: RULE,
    message: `two runs of one schedule part at ${where}: the first time ${first.thread} ${first.did}, the second time ${other}`,
    actor: party(second.thread, `the second time ${second.did}`),
    parties: [party(first.thread, `the first time ${first.did}`)],
    steps,
  }
}

/** It showed once and never again. **Shape** `what`: what a run of `steps` steps did and others do not, as a clause. */
export function nondeterminismSeenOnce(steps: number, what: string): Nondeterminism {
  const message = `not all runs of a schedule of ${steps} steps are alike: ${what}, and in others it is otherwise`
  return { invariant: DETERMINISM, rule: RULE, message, actor: party('one run', what), parties: [], steps }
}

/**
 * A step that knew and found the same as another did something else: it depends on what was never told, so orders were left
 * out.
 */
export function untold(steps: number, thread: string, stands: string): Nondeterminism {
  const message = `step ${steps}, of ${thread}, depends on what no step tells: it knew and found the same as a step of another schedule, and did otherwise`
  return { invariant: DETERMINISM, rule: UNTOLD_RULE, message, actor: party(thread, stands), parties: [], steps }
}

export const isUntold = ({ invariant, rule }: Violation): boolean => invariant === DETERMINISM && rule === UNTOLD_RULE

/** Runs count steps; times belong to the report. */
const party = (who: string, what: string): Party => ({ who, what, tick: 0, seq: 0 })

/** A replay went another way than the run before it. **Shape** `path`: what the replay was to follow. */
export class Parted extends Error {
  readonly path: readonly number[]
  /** The violation, if it is known already. */
  readonly found: Nondeterminism | undefined

  constructor(path: readonly number[], what: string, found?: Nondeterminism) {
    super(what)
    this.name = 'Parted'
    this.path = path
    this.found = found
  }
}
