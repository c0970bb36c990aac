/** What the oracle has found: the first of a kind for each mapping, in order of time. */
import type { Trace, Violation } from '@barter/core'

export class Findings {
  readonly violations: Violation[] = []
  readonly #seen = new Set<string>()
  readonly #trace: Trace

  constructor(trace: Trace) {
    this.#trace = trace
  }

  /** `about`: what a second finding of the same invariant and rule would merely repeat. */
  add(about: string, violation: Violation): void {
    const key = `${violation.invariant} ${violation.rule} ${about}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.violations.push(violation)
    this.#trace.emit({ kind: 'violation', violation })
  }
}
