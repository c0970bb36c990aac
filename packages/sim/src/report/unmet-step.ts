/** A step that ended otherwise than the scenario says, as a finding of whoever explores its schedules. */
import { NO_RULE, UNMET, type Violation } from '@barter/core'
import type { StepRecord } from '../session/actor-run.ts'
import { resultText } from '../session/step-result.ts'
import type { Simulation } from '../simulation.ts'
import { partyNow } from './violation-log.ts'

/** **Shape** `rule`: the one that decided how it ended, if any did. */
export function unmetStep(
  actor: string,
  { planned, result }: StepRecord,
  { trace, scheduler }: Pick<Simulation, 'trace' | 'scheduler'>,
): Violation {
  const { text, step, site } = planned
  const { place } = step
  const where = `step ${site.index + 1} of ${actor}${place === undefined ? '' : ` (line ${place.line})`}`
  const rule = 'rule' in result && result.rule !== undefined ? result.rule : NO_RULE
  const message = `${where}, ${text}, is to end with ${(step.expect ?? ['ok']).join(' or ')}, and ended with ${resultText(result)}`
  return {
    invariant: UNMET,
    rule,
    message,
    actor: partyNow(trace, scheduler, actor, `ended "${text}" with ${resultText(result)}`),
    parties: [],
  }
}
