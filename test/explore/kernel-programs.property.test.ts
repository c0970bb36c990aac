/** What the simulated kernel tells is all that steps depend on: no reduction loses an outcome of programs that use it. */
import { depthFirst, type DepthFirstOptions, dpor, type Tally } from '@barter/explore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'
import { kernelPrograms, kernelSubject } from './kernel-programs.ts'

const EVERY = { outcomes: true, violations: Infinity }
const LESS: readonly Partial<DepthFirstOptions>[] = [
  {},
  { sleep: false },
  { joins: false },
  { singles: false },
  { remember: false },
  { learn: false },
]

/** Verdicts, and outcomes of schedules that break nothing. */
function seenBy(tally: Tally): unknown {
  expect(tally.complete).toBe(true)
  const broken = [...new Set(tally.found.map(({ violation }) => violation.invariant))].sort()
  return broken.length > 0 ? broken : [...tally.outcomes.keys()].sort()
}

describe.each(Object.entries(kernelPrograms))('%s', (_, programs) => {
  test('each reduction, and dpor: what plain search sees', { timeout: TIMEOUT }, () => {
    let next = 0
    fc.assert(
      fc.property(programs, (program) => {
        const subject = kernelSubject(program)
        const plain = depthFirst(subject, { match: false, schedules: 2000, ...EVERY })
        fc.pre(plain.complete)
        const seen = seenBy(plain)
        for (const less of [{}, LESS[next++ % LESS.length]]) {
          expect(seenBy(depthFirst(subject, { match: true, ...EVERY, ...less }))).toEqual(seen)
        }
        expect(seenBy(dpor(subject, EVERY))).toEqual(seen)
      }),
      { numRuns: runs(15), seed: seedOf(20_261_129) },
    )
  })
})
