/** Importers of somebody else, at random: no strategy that is complete loses what another one sees. */
import { depthFirst, dpor, randomWalk, type Tally } from '@barter/explore'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'
import { importerSubject, randomImporter } from './random-importers.ts'

const EVERY = { outcomes: true, violations: Infinity }
/** Schedules, whole or cut, after which a search is given up: half of these programs have few enough. */
const MOST = 600
const LOOK_EVERY = 8

/** **Shape** verdict, and outcomes of schedules that break nothing. */
interface Seen {
  readonly complete: boolean
  readonly broken: readonly string[]
  readonly outcomes: readonly string[]
}

const seenBy = ({ complete, found, outcomes }: Tally): Seen => ({
  complete,
  broken: [...new Set(found.map(({ violation }) => violation.invariant))].sort(),
  outcomes: [...outcomes.keys()].sort(),
})

test('states, dpor, plain search and samples see the same of them', { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(randomImporter, (plan) => {
      const limited = () => {
        let looks = 0
        return { stop: () => ++looks * LOOK_EVERY > MOST, lookEvery: LOOK_EVERY }
      }
      const subject = importerSubject(plan)
      const plain = seenBy(depthFirst(subject, { match: false, schedules: MOST, ...EVERY }))
      const walk = randomWalk(subject, { seed: 5, samples: 50, ...EVERY })
      walk.run()
      const all = [
        plain,
        seenBy(depthFirst(subject, { match: true, ...EVERY, ...limited() })),
        seenBy(depthFirst(subject, { match: true, remember: false, learn: false, ...EVERY, ...limited() })),
        seenBy(dpor(subject, { ...EVERY, ...limited() })),
      ]
      const whole = all.filter(({ complete }) => complete)
      fc.pre(whole.length > 0)
      for (const one of [...all, seenBy(walk.tally)]) {
        expect(one.broken).not.toContain('determinism')
        for (const other of whole) {
          expect(other.broken).toEqual(expect.arrayContaining([...one.broken]))
          // A violation ends a run, and with it what others would have seen.
          if (other.broken.length === 0) expect(other.outcomes).toEqual(expect.arrayContaining([...one.outcomes]))
        }
      }
    }),
    { numRuns: runs(1), seed: seedOf(20_261_129) },
  )
})
