/** On random scenarios over the real plugins nothing is found, and reductions leave out no outcome that others see. */
import { depthFirst, type DepthFirstOptions, dpor, type Tally } from '@barter/explore'
import { expect, test } from 'vitest'
import fc from 'fast-check'
import { subjectOf } from './full-house.ts'
import { plan, scenarioSubject } from './random-scenarios.ts'
import { KINDS, storyOf } from './random-stories.ts'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'

const NONE: Partial<DepthFirstOptions> = { joins: false, singles: false, sleep: false, learn: false }
/** How often a search asks whether it is to stop, every so many schedules. */
const LOOKS = 100
const FEW_LOOKS = 2
const FEW_SCHEDULES = 32

const limited = (most = LOOKS) => {
  let looks = 0
  return { outcomes: true, stop: () => ++looks > most }
}

/** What a complete search saw is all that any other may see. **Shape** gives how many were complete. */
function compare(...searches: readonly Tally[]): number {
  const complete = searches.filter((search) => search.complete)
  for (const whole of complete) {
    for (const other of searches) {
      expect([...other.outcomes.keys()].filter((outcome) => !whole.outcomes.has(outcome))).toEqual([])
    }
  }
  return complete.length
}

test(
  'INV-1 to INV-29: nothing is found; states without reductions and dpor see nothing that states with all of them miss',
  { timeout: TIMEOUT },
  () => {
    let compared = 0
    fc.assert(
      fc.property(plan, (chosen) => {
        const subject = scenarioSubject(chosen)
        const all = depthFirst(subject, { match: true, ...limited() })
        const none = depthFirst(subject, { match: true, ...NONE, ...limited() })
        const races = dpor(subject, { outcomes: true, schedules: 150 })
        expect([...all.found, ...none.found, ...races.found]).toEqual([])
        compared += compare(all, none, races)
      }),
      { numRuns: runs(3), seed: seedOf(20_261_129) },
    )
    expect(compared).toBeGreaterThan(0)
  },
)

test.each(Object.entries(KINDS))(
  'INV-1 to INV-29: %s: nothing is found; where states comes to its end, dpor sees no more',
  { timeout: TIMEOUT },
  (_name, kind) => {
    fc.assert(
      fc.property(storyOf(kind), (story) => {
        const subject = subjectOf(story)
        const options = kind.isOld === true ? { violations: Infinity } : {}
        const limits = { lookEvery: FEW_SCHEDULES, ...limited(FEW_LOOKS) }
        const states = depthFirst(subject, { match: true, ...limits, ...options })
        const races = dpor(subject, { outcomes: true, schedules: 3, ...options })
        if (kind.isOld !== true) expect([...states.found, ...races.found]).toEqual([])
        compare(states, races)
      }),
      { numRuns: runs(1), seed: seedOf(20_261_130) },
    )
  },
)
