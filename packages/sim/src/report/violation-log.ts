/** Everything in a run that must not be: what the judge found, and what the scheduler found. */
import type { Party, Violation } from '@barter/core'
import type { RunTrace, TraceClock } from './run-trace.ts'

export class ViolationLog {
  readonly found: Violation[] = []
  readonly #trace: RunTrace

  constructor(trace: RunTrace) {
    this.#trace = trace
  }

  report(violation: Violation): void {
    this.found.push(violation)
    this.#trace.emit({ kind: 'violation', violation })
  }
}

/** Somebody, who did something now. */
export function partyNow(trace: RunTrace, clock: TraceClock, who: string, what: string): Party {
  return { who, what, tick: clock.now, seq: trace.seq }
}
