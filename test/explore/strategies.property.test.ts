/** The reductions leave nothing out: on random programs each exhaustive strategy sees what plain search sees. */
import type { Explorable } from '@barter/core'
import { depthFirst, type DepthFirstOptions, dpor, exploreSubject, STRATEGIES, type Tally } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import {
  fillProgram,
  lockProgram,
  type Program,
  lockSectionProgram,
  program,
  programOfCopies,
  programSubject,
  programWithEnd,
  referenceProgram,
  sectionProgram,
} from './random-programs.ts'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'

type Less = Partial<DepthFirstOptions>

const LESS: readonly Less[] = [
  { sleep: false },
  { joins: false },
  { singles: false },
  { remember: false },
  // Makes it go back to where somebody was wrongly left aside.
  { learn: false },
]

const EVERY = { outcomes: true, violations: Infinity }

/** For each program: all reductions, and all but one, which changes from program to program. */
function inTurn(variants: readonly Less[]): () => readonly Less[] {
  let next = 0
  return () => [{}, variants[next++ % variants.length] ?? {}]
}

const outcomesOf = (tally: ReturnType<typeof dpor>): readonly string[] => {
  expect(tally.complete).toBe(true)
  return [...tally.outcomes.keys()].sort()
}

/** Check each of these programs that plain search completes within so many schedules. */
const eachProgram = (
  programs: fc.Arbitrary<Program>,
  { schedules = 3000, ...parameters }: { readonly schedules?: number; readonly numRuns: number; readonly seed: number },
  check: (subject: Explorable, plain: Tally) => void,
): void => {
  fc.assert(
    fc.property(programs, (acts) => {
      const subject = programSubject(acts)
      const plain = depthFirst(subject, { match: false, schedules, ...EVERY })
      fc.pre(plain.complete)
      check(subject, plain)
    }),
    parameters,
  )
}

describe('random programs', { timeout: TIMEOUT }, () => {
  test('states, with and without sleep sets, and dpor: the outcomes of plain depth-first search', () => {
    fc.assert(
      fc.property(program, (acts) => {
        const subject = programSubject(acts)
        const plain = outcomesOf(depthFirst(subject, { match: false, outcomes: true }))
        expect(outcomesOf(depthFirst(subject, { match: true, sleep: false, outcomes: true }))).toEqual(plain)
        expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true }))).toEqual(plain)
        expect(outcomesOf(depthFirst(subject, { match: true, remember: false, outcomes: true }))).toEqual(plain)
        expect(outcomesOf(dpor(subject, { outcomes: true }))).toEqual(plain)
      }),
      { numRuns: runs(150), seed: seedOf(20_261_128) },
    )
  })

  test('critical sections: no reduction, and none of them together, loses an outcome', () => {
    const variants = inTurn(LESS)
    eachProgram(sectionProgram, { numRuns: runs(150), seed: seedOf(20_261_128) }, (subject, plain) => {
      for (const less of variants()) {
        expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))).toEqual(outcomesOf(plain))
      }
    })
  })

  test.each([
    ['one act after the other', lockProgram],
    ['critical sections', lockSectionProgram],
    ['runs that a violation or a halt ends', programWithEnd],
    ['steps that do less when they come later', fillProgram],
  ])('locks that are tried and shared, %s: states and dpor see what plain search sees', (_, programs) => {
    const variants = inTurn(LESS)
    eachProgram(programs, { numRuns: runs(140), seed: seedOf(20_261_129) }, (subject, plain) => {
      const found = dpor(subject, EVERY)
      expect(outcomesOf(found)).toEqual(outcomesOf(plain))
      expect(found.found.length).toBe(plain.found.length)
      for (const less of variants()) {
        const states = depthFirst(subject, { match: true, ...EVERY, ...less })
        expect(states.found.length).toBe(plain.found.length)
        // Where a violation ends the run, not every order of what others did by then is tried.
        if (programs !== programWithEnd) expect(outcomesOf(states)).toEqual(outcomesOf(plain))
      }
    })
  })

  test('references that come and go: states and dpor see what plain search sees', () => {
    const variants = inTurn([...LESS, { joins: false, singles: false, sleep: false, remember: false }])
    eachProgram(referenceProgram, { numRuns: runs(150), seed: seedOf(20_261_129) }, (subject, plain) => {
      expect(outcomesOf(dpor(subject, { outcomes: true }))).toEqual(outcomesOf(plain))
      for (const less of variants()) {
        expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))).toEqual(outcomesOf(plain))
      }
    })
  })

  test.each(STRATEGIES)('%s: what the very last step of a schedule breaks is found', (strategy) => {
    const subject = programSubject([
      [
        { kind: 'write', cell: 0 },
        { kind: 'judge', cell: 0 },
      ],
    ])
    const { violations } = exploreSubject(subject, { strategy, schedules: 2 })
    expect(violations.map(({ schedule }) => schedule)).toEqual([[0, 0]])
  })

  test.each([
    ['runs that a violation or a halt ends', programWithEnd],
    ['steps that do less when they come later', fillProgram],
  ])('dpor, %s: what plain search sees', (_, programs) => {
    eachProgram(programs, { schedules: 1000, numRuns: runs(300), seed: seedOf(79) }, (subject, plain) => {
      const found = dpor(subject, EVERY)
      expect(outcomesOf(found)).toEqual(outcomesOf(plain))
      expect(found.found.length).toBe(plain.found.length)
    })
  })

  test('dpor: a run that ends before a thread that was left out comes', () => {
    const acts: Program = [
      [
        { kind: 'share and read', lock: 1, cell: 0 },
        { kind: 'share and read', lock: 0, cell: 1 },
      ],
      [
        { kind: 'share', lock: 0 },
        { kind: 'judge', cell: 1 },
        { kind: 'share', lock: 1 },
      ],
      [
        { kind: 'add', cell: 1 },
        { kind: 'lock', lock: 0 },
      ],
    ]
    const subject = programSubject(acts)
    const every = { outcomes: true, violations: Infinity }
    expect(outcomesOf(dpor(subject, every))).toEqual(outcomesOf(depthFirst(subject, { match: false, ...every })))
  })

  test.each<readonly [string, Program]>([
    [
      'reads, and does not write',
      [
        [{ kind: 'fill', cell: 0 }],
        [
          { kind: 'add', cell: 2 },
          { kind: 'write', cell: 0 },
        ],
        [{ kind: 'read', cell: 1 }],
      ],
    ],
    [
      'stands in line, and does not write',
      [
        [{ kind: 'lock and write', lock: 1, cell: 2 }],
        [
          { kind: 'try', lock: 0 },
          { kind: 'share', lock: 1 },
        ],
        [{ kind: 'judge', cell: 2 }],
      ],
    ],
  ])('a thread that was left out, and %s once it is not: dpor tries it both ways', (_, acts) => {
    const subject = programSubject(acts)
    const every = { outcomes: true, violations: Infinity }
    expect(outcomesOf(dpor(subject, every))).toEqual(outcomesOf(depthFirst(subject, { match: false, ...every })))
  })

  test.each<{ readonly acts: Program }>([
    {
      acts: [
        [{ kind: 'try', lock: 1 }],
        [
          { kind: 'lock', lock: 1 },
          { kind: 'unlock', lock: 1 },
          { kind: 'lock', lock: 0 },
        ],
      ],
    },
    {
      acts: [
        [
          { kind: 'try', lock: 0 },
          { kind: 'unlock', lock: 0 },
        ],
        [
          { kind: 'lock', lock: 0 },
          { kind: 'unlock', lock: 0 },
        ],
      ],
    },
  ])('a lock that is tried while another gives it back: both things come of it', ({ acts }) => {
    const subject = programSubject(acts)
    const plain = outcomesOf(depthFirst(subject, { match: false, outcomes: true }))
    expect(plain.length).toBeGreaterThan(1)
    for (const less of [{}, ...LESS]) {
      expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))).toEqual(plain)
    }
  })

  test('who comes to share a lock behind one who stands in line for it may wait for ever', () => {
    // One shares the first lock and wants the second, whose owner wants to share the first: behind the third thread it cannot.
    const acts: Program = [
      [
        { kind: 'share', lock: 0 },
        { kind: 'lock', lock: 1 },
      ],
      [
        { kind: 'lock', lock: 1 },
        { kind: 'share', lock: 0 },
        { kind: 'unlock', lock: 1 },
      ],
      [{ kind: 'lock', lock: 0 }],
    ]
    const subject = programSubject(acts)
    const plain = outcomesOf(depthFirst(subject, { match: false, outcomes: true }))
    const stuck = (outcome: string): boolean => [0, 1, 2].every((thread) => outcome.includes(`"${thread}:  stuck`))
    expect(plain.some(stuck)).toBe(true)
    expect(outcomesOf(dpor(subject, { outcomes: true }))).toEqual(plain)
    for (const less of [{}, ...LESS]) {
      expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))).toEqual(plain)
    }
  })

  test('a machine that goes down concerns all who have not come to their end', () => {
    const acts: Program = [
      [{ kind: 'judge', cell: 0 }],
      [
        { kind: 'lock, read and write', lock: 0, cell: 0 },
        { kind: 'halt', cell: 0 },
      ],
    ]
    const subject = programSubject(acts)
    const every = { outcomes: true, violations: Infinity }
    const plain = outcomesOf(depthFirst(subject, { match: false, ...every }))
    expect(plain.length).toBe(3)
    for (const less of [{}, ...LESS]) {
      expect(outcomesOf(depthFirst(subject, { match: true, ...every, ...less }))).toEqual(plain)
    }
  })

  test('copies of a thread: to swap them loses no outcome', () => {
    eachProgram(
      programOfCopies,
      { schedules: 5000, numRuns: runs(150), seed: seedOf(20_261_128) },
      (subject, plain) => {
        for (const less of [{}, ...LESS.filter(({ joins }) => joins ?? true)]) {
          expect(outcomesOf(depthFirst(subject, { match: true, outcomes: true, ...less }))).toEqual(outcomesOf(plain))
        }
      },
    )
  })

  test('a bound on preemptions: states and plain search see the same', () => {
    fc.assert(
      fc.property(program, fc.nat(2), (acts, preemptions) => {
        const subject = programSubject(acts)
        const plain = outcomesOf(depthFirst(subject, { match: false, preemptions, outcomes: true }))
        expect(outcomesOf(depthFirst(subject, { match: true, preemptions, outcomes: true }))).toEqual(plain)
      }),
      { numRuns: runs(120), seed: seedOf(20_261_128) },
    )
  })
})
