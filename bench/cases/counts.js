// Complete executions of the revoke model with 4 importers by partial-order reduction: a count that is too big for a test.
import { dpor } from '@barter/explore'
import { bareWalk } from '../bare-walk.js'
import { compare, mustBe } from '../harness.js'
import { revokeModel } from '../models/revoke-model.js'

const IMPORTERS = 4
/** Lock order: as many as GenMC's optimal exploration of this model finds. */
const EXECUTIONS = 2_382_768
const OUTCOMES = 1250

export function run() {
  const subject = revokeModel({ importers: IMPORTERS, order: 'lock', symmetric: false })
  const counted = { steps: 0 }
  const result = compare({
    name: 'lock-order-4',
    unit: 'search',
    count: 1,
    rounds: 1,
    warmUp: 0,
    goal: 'at most 4',
    a: () => {
      const found = dpor(subject, { outcomes: true })
      mustBe(found.complete, true, 'complete')
      mustBe(found.found.length, 0, 'violations')
      mustBe(found.schedules, EXECUTIONS, 'complete executions')
      mustBe(found.outcomes.size, OUTCOMES, 'outcomes')
      counted.steps = found.steps
    },
    b: () => mustBe(bareWalk(subject, counted.steps), counted.steps, 'steps of the walk'),
  })
  return { ...result, also: `${EXECUTIONS} executions, ${OUTCOMES} outcomes, ${counted.steps} steps` }
}
