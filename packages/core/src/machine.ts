/** Where a scenario runs: the simulator, later a real kernel. Nothing above this seam may know which one it is. */
import type { Errno } from './errno.ts'
import type { Explorable } from './explorable.ts'
import type { Signal } from './errors.ts'
import type { Expectation, Expected, Scenario, SourcePlace, StepValue } from './scenario.ts'
import type { TraceEvent } from './trace.ts'
import type { Violation } from './violation.ts'

/** Who goes on next, and what data is drawn: the one source of choice in a run. */
export interface Strategy {
  /** Begin another run; `false`: there is none left. Called by whoever makes several runs, never by a machine. */
  newRun(): boolean
  /**
   * One of `runnable` (ids of tasks, ascending). `current` ran last, if it still can. Asked before every step, also when
   * there is no choice. The array is used again for the next question: copy what is to be kept.
   */
  choose(runnable: readonly number[], current?: number): number
  /** A whole number in `[0, limit)`. */
  draw(limit: number): number
}

export interface RunOptions {
  readonly seed: number
  readonly strategy?: Strategy
  /** Steps of threads after which the run is stopped as `cannot-tell`. */
  readonly limit?: number
  /** Leave out what only a reader needs (while exploring). */
  readonly quiet?: boolean
}

export type StepResult =
  | { readonly kind: 'ok'; readonly value?: StepValue }
  /** A system call failed. */
  | { readonly kind: 'errno'; readonly errno: Errno; readonly rule: string; readonly message: string }
  /** The call succeeded, the device completed with an error. */
  | { readonly kind: 'error'; readonly status: string; readonly errno?: Errno; readonly rule?: string }
  /** The access was no call that could fail: the process got a signal. */
  | { readonly kind: 'signal'; readonly signal: Signal; readonly rule: string; readonly message: string }
  /** Never returned. */
  | { readonly kind: 'blocked'; readonly on: string; readonly why: string; readonly holder?: string }
  /** The step was never begun, or the run was stopped in it. */
  | { readonly kind: 'not-reached'; readonly why?: string }
  /** This machine has no counterpart for it. */
  | { readonly kind: 'not-comparable'; readonly why: string }

export interface Outcome {
  readonly actor: string
  /** Index of the step within its actor. */
  readonly index: number
  /** The step in words: `reset nvme`. */
  readonly text: string
  readonly result: StepResult
  readonly expected?: readonly Expected[]
  /** It ended as `expected`; without an expectation, it ended well. */
  readonly met: boolean
  readonly started?: number
  readonly ended?: number
  readonly place?: SourcePlace
}

export interface ExpectationResult {
  readonly expectation: Expectation
  readonly met: boolean
  readonly why: string
}

export interface Report {
  readonly machine: string
  readonly title: string
  readonly seed: number
  /** `pass`: everything that was expected held. `fail`: a violation or another outcome. `cannot-tell`: stopped before the end. */
  readonly verdict: 'pass' | 'fail' | 'cannot-tell'
  readonly outcomes: readonly Outcome[]
  readonly expectations: readonly ExpectationResult[]
  readonly violations: readonly Violation[]
  readonly events: readonly TraceEvent[]
  /** Scheduling steps taken, and virtual time at the end in ticks. */
  readonly steps: number
  readonly ticks: number
}

export interface Machine {
  readonly name: string
  readonly supports: { readonly schedule: boolean; readonly events: 'all' | 'uapi' }
  run(scenario: Scenario, options: RunOptions): Promise<Report>
  /**
   * Let somebody else choose the schedules of a scenario; a machine with `supports.schedule` has it. **Errors** those of
   * `run` for what a person got wrong.
   */
  explorable?(scenario: Scenario): Explorable
}
