/** On scenarios of chance over the real plugins nothing is found, and no reduction leaves out an outcome. */
import { depthFirst, type DepthFirstOptions, dpor } from '@barter/explore'
import { expect, test } from 'vitest'
import fc from 'fast-check'
import { plan, scenarioSubject } from './random-scenarios.ts'

const NONE: Partial<DepthFirstOptions> = { joins: false, singles: false, sleep: false, learn: false }
/** How often a search asks whether it is to stop. */
const LOOKS = 100

const limited = () => {
  let looks = 0
  return { outcomes: true, stop: () => ++looks > LOOKS }
}

test('INV-1 to INV-29: states, with all reductions and with none, and dpor see the same, and nothing is found', () => {
  fc.assert(
    fc.property(plan, (chosen) => {
      const subject = scenarioSubject(chosen)
      const all = depthFirst(subject, { match: true, ...limited() })
      const none = depthFirst(subject, { match: true, ...NONE, ...limited() })
      const races = dpor(subject, { outcomes: true, schedules: 150 })
      const complete = [all, none, races].filter((tally) => tally.complete)
      expect([...all.found, ...none.found, ...races.found]).toEqual([])
      const outcomes = complete.map((tally) => [...tally.outcomes.keys()].sort())
      for (const other of outcomes) expect(other).toEqual(outcomes[0])
    }),
    { numRuns: 4, seed: 20_261_129 },
  )
})
