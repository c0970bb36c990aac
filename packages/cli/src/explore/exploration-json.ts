/** The result of exploring for machines: `barter.explore/1`. */
import type { Outcome } from '@barter/core'
import type { Exploration } from '@barter/explore'

/** **Shape** `inVain`: steps that never end well. */
export function explorationJson(
  result: Exploration,
  title: string,
  seconds: number,
  inVain: readonly Outcome[],
): string {
  const { interleavings } = result.estimate
  const document = {
    schema: 'barter.explore/1',
    title,
    strategy: result.strategy,
    coverage: result.coverage,
    words: result.words,
    stopped: result.stopped,
    schedules: result.schedules,
    cuts: result.cuts,
    states: result.states,
    steps: result.steps,
    interleavings: Number.isFinite(interleavings) ? Math.round(interleavings) : null,
    endless: result.endless ?? result.estimate.endless ?? null,
    workers: result.workers,
    seconds: Number(seconds.toFixed(3)),
    inVain: inVain.map(({ actor, index, text, result: { kind } }) => ({ actor, step: index + 1, text, result: kind })),
    violations: result.violations.map(({ violation, schedule, length, switches, token, beside }) => ({
      invariant: violation.invariant,
      rule: violation.rule,
      message: violation.message,
      schedule,
      length,
      switches,
      token,
      parties: [...violation.parties, violation.actor],
      ...(beside === undefined
        ? {}
        : {
            beside: {
              invariant: beside.violation.invariant,
              rule: beside.violation.rule,
              length: beside.length,
              token: beside.token,
            },
          }),
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
