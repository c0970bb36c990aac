/** On random scenarios over the real plugins nothing is found, and no reduction leaves out an outcome. */
import { depthFirst, type DepthFirstOptions, dpor } from '@barter/explore'
import { expect, test } from 'vitest'
import fc from 'fast-check'
import { subjectOf } from './full-house.ts'
import { plan, scenarioSubject } from './random-scenarios.ts'
import { KINDS, storyOf } from './random-stories.ts'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'

const NONE: Partial<DepthFirstOptions> = { joins: false, singles: false, sleep: false, learn: false }
/** How often a search asks whether it is to stop. */
const LOOKS = 100
const FEW_LOOKS = 3

const limited = (most = LOOKS) => {
  let looks = 0
  return { outcomes: true, stop: () => ++looks > most }
}

test(
  'INV-1 to INV-29: states, with all reductions and with none, and dpor see the same, and nothing is found',
  { timeout: TIMEOUT },
  () => {
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
      { numRuns: runs(4), seed: seedOf(20_261_129) },
    )
  },
)

test.each(Object.entries(KINDS))(
  'INV-1 to INV-29: %s: states and dpor see the same',
  { timeout: TIMEOUT },
  (_name, kind) => {
    fc.assert(
      fc.property(storyOf(kind), (story) => {
        const subject = subjectOf(story)
        const options = kind.isOld === true ? { violations: Infinity } : {}
        const states = depthFirst(subject, { match: true, ...limited(FEW_LOOKS), ...options })
        const races = dpor(subject, { outcomes: true, schedules: 3, ...options })
        if (kind.isOld !== true) expect([...states.found, ...races.found]).toEqual([])
        const outcomes = [states, races]
          .filter(({ complete }) => complete)
          .map((tally) => [...tally.outcomes.keys()].sort())
        for (const other of outcomes) expect(other).toEqual(outcomes[0])
      }),
      { numRuns: runs(1), seed: seedOf(20_261_130) },
    )
  },
)
