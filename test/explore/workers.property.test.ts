/** Several workers leave nothing out: on random programs they see what plain search sees, however they part the work. */
import type { Explorable } from '@barter/core'
import { DepthFirst, depthFirst, exploreInParts, type InPartsOptions, TaskRunner, type Worker } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { kernelPrograms, kernelSubject } from './kernel-programs.ts'
import {
  fillProgram,
  lockProgram,
  lockSectionProgram,
  program,
  programOfCopies,
  programSubject,
  programWithEnd,
  sectionProgram,
} from './random-programs.ts'

/** In this thread; each waits for so many turns before it begins with a task, and comes back when it has none of them. */
function workerOf(subject: Explorable, turns: () => number, isHere: boolean): Worker {
  const runner = new TaskRunner(subject, () => turns() === 0)
  return {
    isHere,
    run: async (task) => {
      for (let left = turns(); left > 0; left--) await Promise.resolve()
      return runner.run(task)
    },
  }
}

/** What user space saw, or that something was found. */
async function seen(subject: () => Explorable, options: InPartsOptions, delays: readonly number[]) {
  let next = 0
  const turns = (): number => delays[next++ % delays.length] ?? 0
  const workers = [1, 2, 3].slice(0, 2 + (delays.length % 2)).map((number) => workerOf(subject(), turns, number === 1))
  const result = await exploreInParts(subject(), { outcomes: true, ...options }, workers)
  if (result === undefined) return 'found'
  expect(result.words).toBe('complete')
  return [...result.outcomes.keys()].sort()
}

/** What one has left who stopped after so many schedules; and what it saw. */
function stopped(subject: Explorable, looks: number) {
  let left = looks
  const search = new DepthFirst(subject, {
    match: true,
    learn: false,
    outcomes: true,
    lookEvery: 1,
    stop: () => --left < 0,
  })
  search.run()
  const saved = search.save()
  if (saved === undefined) return undefined
  const asked = { strategy: 'states', preemptions: null, seed: 1, stopAtFirst: true, twice: false }
  return {
    digest: subject.digest,
    ...asked,
    search: structuredClone(saved),
    ...(search.table && { table: search.table }),
  }
}

const delays = fc.array(fc.nat(5), { minLength: 1, maxLength: 6 })

const EACH = { numRuns: 40, seed: 20_261_129 }

describe('random programs', () => {
  test.each([
    ['one act after the other', program],
    ['critical sections', sectionProgram],
    ['locks that are tried and shared', lockProgram],
    ['critical sections under such locks', lockSectionProgram],
    ['copies', programOfCopies],
    ['steps that do less when they come later', fillProgram],
    ['runs that a violation or a halt ends', programWithEnd],
  ])('%s: what plain search sees', async (_, programs) => {
    await fc.assert(
      fc.asyncProperty(programs, delays, async (acts, turns) => {
        const subject = (): Explorable => programSubject(acts)
        const plain = depthFirst(subject(), { match: false, outcomes: true, schedules: 3000, violations: Infinity })
        fc.pre(!plain.stopped)
        const outcomes = [...plain.outcomes.keys()].sort()
        // The second time they have to go back to where somebody was left aside wrongly, and the table is soon too small.
        // The third time they go on with what one alone has left.
        const resume = stopped(subject(), turns.length + (turns[0] ?? 0))
        for (const options of [{}, { learn: false, places: 64 }, resume && { learn: false, resume }]) {
          if (options === undefined) continue
          const found = await seen(subject, options, turns)
          // Where the run is over before its end, how far others came by then is not looked at in every order.
          if (plain.found.length > 0) expect(found).toBe('found')
          else if (programs !== programWithEnd) expect(found).toEqual(outcomes)
          else expect(found).not.toBe('found')
        }
      }),
      EACH,
    )
  })
  test('of things that whoever comes first makes, which each worker meets in its own order', async () => {
    await fc.assert(
      fc.asyncProperty(kernelPrograms.late, delays, async (program, turns) => {
        const subject = (): Explorable => kernelSubject(program)
        const plain = depthFirst(subject(), { match: false, outcomes: true, schedules: 1000, violations: Infinity })
        fc.pre(!plain.stopped && plain.found.length === 0)
        const outcomes = [...plain.outcomes.keys()].sort()
        const resume = stopped(subject(), turns.length + (turns[0] ?? 0))
        for (const options of [{ learn: false }, resume && { learn: false, resume }]) {
          if (options !== undefined) expect(await seen(subject, options, turns)).toEqual(outcomes)
        }
      }),
      EACH,
    )
  })
})
