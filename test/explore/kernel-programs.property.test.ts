/** What the simulated kernel tells is all that steps depend on: no reduction loses an outcome of programs that use it. */
import { depthFirst, type DepthFirstOptions, dpor, type Tally } from '@barter/explore'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runs, seedOf, TIMEOUT } from '../properties/sweep.ts'
import { type KernelProgram, kernelPrograms, kernelSubject } from './kernel-programs.ts'

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

describe('a list in two orders: by what others do between two visits, both are seen', () => {
  const looks: KernelProgram[number] = [
    { kind: 'read', cell: 2, joined: false },
    { kind: 'read', cell: 0, joined: false },
  ]
  const cases: Record<string, KernelProgram> = {
    'one sees both': [
      [
        { kind: 'read', cell: 1, joined: false },
        { kind: 'read', cell: 0, joined: false },
      ],
    ],
    'one sees the first and tells another, which sees the second': [
      [{ kind: 'copy', cell: 1, to: 2, joined: false }],
      looks,
    ],
    'the other looks at the second before it hears of the first, in one step': [
      [{ kind: 'signal if', cell: 1, fence: 0, joined: true }],
      [
        { kind: 'read', cell: 0, joined: true },
        { kind: 'look', fence: 0, joined: true },
      ],
    ],
    'it is told under a lock': [
      [{ kind: 'lock', inside: [{ kind: 'copy', cell: 1, to: 2, joined: false }], joined: false }],
      [{ kind: 'lock', inside: looks, joined: false }],
    ],
    'it is told by being made': [
      [
        { kind: 'read', cell: 1, joined: false },
        { kind: 'spawn', inside: [{ kind: 'read', cell: 0, joined: false }], joined: true },
      ],
    ],
  }
  test.each(Object.entries(cases))('%s', (_, threads) => {
    const subject = kernelSubject([
      [{ kind: 'round', joined: false }],
      [{ kind: 'reorder', joined: false }],
      ...threads,
    ])
    expect(seenBy(depthFirst(subject, { match: true, ...EVERY }))).toEqual(seenBy(dpor(subject, EVERY)))
  })
})

test('how many steps others take while hardware is at work decides nothing', () => {
  const read = { kind: 'read', cell: 2, joined: false } as const
  const subject = kernelSubject([
    [
      { kind: 'hardware', ticks: 10, joined: false },
      { kind: 'write', cell: 1, joined: true },
    ],
    [
      { kind: 'sleep', ticks: 12, joined: true },
      { kind: 'read', cell: 1, joined: true },
      { kind: 'read', cell: 0, joined: true },
    ],
    [read, read, read, read],
  ])
  const plain = seenBy(depthFirst(subject, { match: false, ...EVERY }))
  for (const less of LESS) expect(seenBy(depthFirst(subject, { match: true, ...EVERY, ...less }))).toEqual(plain)
  expect(seenBy(dpor(subject, EVERY))).toEqual(plain)
})
