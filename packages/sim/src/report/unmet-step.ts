/** A step that ended otherwise than the scenario says, or not at all, as a finding of whoever explores its schedules. */
import { NO_RULE, UNMET, type Violation } from '@barter/core'
import type { StepRecord } from '../session/actor-run.ts'
import type { PlannedStep } from '../session/plan.ts'
import type { Stuck } from '../session/session.ts'
import { resultText } from '../session/step-result.ts'
import type { Simulation } from '../simulation.ts'
import { partyNow } from './violation-log.ts'

type Clock = Pick<Simulation, 'trace' | 'scheduler'>

/** **Shape** `rule`: the one that decided how it ended, if any did. */
export function unmetStep(actor: string, { planned, result }: StepRecord, clock: Clock): Violation {
  const rule = 'rule' in result && result.rule !== undefined ? result.rule : NO_RULE
  const ended = resultText(result)
  return unmet(actor, planned, rule, [`ended with ${ended}`, `ended "${planned.text}" with ${ended}`], clock)
}

/** Nobody can go on any more, and the step, or the end of the process, has not come to its end. */
export function unendedStep({ actor, planned, why }: Stuck, clock: Clock): Violation {
  const waits = `does not end: ${why}`
  if (planned !== undefined) return unmet(actor, planned, NO_RULE, [waits, `is still in "${planned.text}"`], clock)
  const { trace, scheduler } = clock
  const message = `${actor} is through with its steps, and its process ${waits}`
  return { invariant: UNMET, rule: NO_RULE, message, actor: partyNow(trace, scheduler, actor, waits), parties: [] }
}

function unmet(
  actor: string,
  { text, step, site }: PlannedStep,
  rule: string,
  [what, did]: readonly [string, string],
  { trace, scheduler }: Clock,
): Violation {
  const { place } = step
  const where = `step ${site.index + 1} of ${actor}${place === undefined ? '' : ` (line ${place.line})`}`
  const message = `${where}, ${text}, is to end with ${(step.expect ?? ['ok']).join(' or ')}, and ${what}`
  return { invariant: UNMET, rule, message, actor: partyNow(trace, scheduler, actor, did), parties: [] }
}
