/**
 * A search of a random program that is stopped anywhere, again and again, and gone on with by one or by several, sees what one sees
 * that was never stopped.
 */
import type { Explorable } from '@barter/core'
import {
  type Exploration,
  ExplorationRun,
  type ExploreOptions,
  exploreInParts,
  exploreSubject,
  type SavedExploration,
  TaskRunner,
  type Worker,
} from '@barter/explore'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'
import { kernelPrograms, kernelSubject } from './kernel-programs.ts'

/** Each with a system of its own. */
const worker = (subject: Explorable): Worker => {
  const runner = new TaskRunner(subject)
  return {
    run: async (task) => {
      await Promise.resolve()
      return runner.run(task)
    },
  }
}

/** As a file would keep it. */
const kept = ({ table, ...rest }: SavedExploration): SavedExploration => ({
  ...(JSON.parse(JSON.stringify(rest)) as SavedExploration),
  ...(table === undefined ? {} : { table }),
})

/** Stopped after so many runs each, in turn. **Shape** gives what is left after `times` of these, if anything is. */
function stopped(subject: () => Explorable, options: ExploreOptions, pieces: readonly number[], times: number) {
  let resume: SavedExploration | undefined
  for (let piece = 0; ; piece++) {
    let left = pieces[piece % pieces.length] ?? 1
    const stop = (): boolean => --left <= 0
    const run = new ExplorationRun(subject(), { ...options, lookEvery: 1, stop, ...(resume && { resume }) })
    run.advance()
    const saved = run.save()
    if (saved === undefined) return { result: run.result() }
    if (piece === times - 1) return { rest: kept(saved), result: run.result() }
    resume = kept(saved)
  }
}

const seen = ({ coverage, violations, outcomes }: Exploration) => ({
  coverage,
  broken: violations.map(({ violation }) => violation.invariant),
  outcomes: [...outcomes.keys()].sort(),
})

const pieces = fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 4 })

test.each(Object.entries(kernelPrograms))('%s', { timeout: TIMEOUT }, async (_name, programs) => {
  await fc.assert(
    fc.asyncProperty(programs, fc.constantFrom('states', 'dfs'), pieces, async (program, strategy, lengths) => {
      const subject = (): Explorable => kernelSubject(program)
      const options = { strategy, outcomes: true, shrink: false } as const
      fc.pre(exploreSubject(subject(), { ...options, schedules: 500 }).words === 'complete')
      const whole = seen(exploreSubject(subject(), options))
      expect(seen(stopped(subject, options, lengths, Infinity).result)).toEqual(whole)
      const { rest } = stopped(subject, options, lengths, lengths.length)
      if (rest === undefined) return
      const workers = [worker(subject()), worker(subject())]
      const result = await exploreInParts(subject(), { ...options, resume: rest }, workers)
      expect(result && seen(result)).toEqual(whole)
    }),
    { numRuns: runs(1), seed: seedOf(20_261_130) },
  )
})
