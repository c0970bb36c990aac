/** Several workers find what one finds, whatever their number. Here they take turns in one thread; test/cli has real ones. */
import type { Explorable } from '@barter/core'
import {
  type Exploration,
  exploreInParts,
  exploreSubject,
  type InPartsOptions,
  runPart,
  type Worker,
} from '@barter/explore'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { closeWhileWriting } from './close-while-writing.ts'
import { program, programSubject } from './random-programs.ts'

const worker = (subject: Explorable): Worker => ({
  run: async (task) => {
    await Promise.resolve()
    return runPart(subject, task)
  },
})

/** With as many workers, each with a system of its own. */
async function together(
  count: number,
  options: InPartsOptions,
  subject: () => Explorable,
): Promise<Exploration | undefined> {
  const workers = Array.from({ length: count }, () => worker(subject()))
  return exploreInParts(subject(), options, workers)
}

const verdict = (result: Exploration | undefined) => result && [result.words, result.violations, result.schedules]

describe('1, 2 and 3 workers', () => {
  test('states: complete within the bound, and as many states as one alone visits', async () => {
    const options = { preemptions: 1 }
    const alone = exploreSubject(closeWhileWriting(), options)
    const result = await together(2, options, closeWhileWriting)
    expect([result?.words, result?.violations, result?.states]).toEqual([alone.words, [], alone.states])
    expect(result?.workers).toBe(2)
  })

  test('programs of chance: states of states and schedules of dfs are those of one alone', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.integer({ min: 1, max: 3 }), async (acts, count) => {
        const subject = (): Explorable => programSubject(acts)
        const states = await together(count, {}, subject)
        expect([states?.words, states?.states]).toEqual(['complete', exploreSubject(subject()).states])
        const dfs = { strategy: 'dfs' } as const
        expect(verdict(await together(count, dfs, subject))).toEqual(verdict(exploreSubject(subject(), dfs)))
      }),
      { numRuns: 40, seed: 20_261_128 },
    )
  })

  test.each(['random', 'pct'] as const)(
    '%s: the counts and the first counterexample of one alone',
    async (strategy) => {
      const options = { strategy, schedules: 70, seed: 3 }
      const broken = (): Explorable => closeWhileWriting('G1')
      for (const subject of [closeWhileWriting, broken]) {
        const alone = exploreSubject(subject(), options)
        expect(alone.violations).toHaveLength(subject === broken ? 1 : 0)
        for (const count of [1, 2, 3]) expect(verdict(await together(count, options, subject))).toEqual(verdict(alone))
      }
    },
  )

  test('dfs: the first counterexample of one alone; states: that there is one', async () => {
    const broken = (): Explorable => closeWhileWriting('G1')
    const dfs = { strategy: 'dfs', preemptions: 1 } as const
    const alone = exploreSubject(broken(), dfs)
    expect(alone.violations).toHaveLength(1)
    for (const count of [1, 2, 3]) {
      expect((await together(count, dfs, broken))?.violations).toEqual(alone.violations)
      expect(await together(count, { preemptions: 1 }, broken)).toBeUndefined()
    }
  })
})

test('dpor is refused', () => {
  expect(() => exploreInParts(closeWhileWriting(), { strategy: 'dpor' }, [])).toThrow(
    expect.objectContaining({ code: 'EXPLORE_WORKERS' }),
  )
})
