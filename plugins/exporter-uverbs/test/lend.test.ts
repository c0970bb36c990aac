/** What can be lent, and to whom. */
import { describe, expect, test } from 'vitest'
import { endings, invariants, play, step } from './machine.ts'

const KiB = 1024
const range = (offset: number, length: number) => [{ offset: BigInt(offset), length: BigInt(length) }]
const lend = (offset: number, length: number, more = {}) =>
  step('export', 'nic', { bar: 0, ranges: range(offset, length), ...more })
const open = step('open', 'nic')
const outcomes = (...steps: ReturnType<typeof step>[]) => endings(play({ user: [open, ...steps] })).slice(1)

describe('RDMA-18: a buffer is one piece that the process has', () => {
  test('export gets the piece where there is none, and takes the one that is there', () => {
    const report = play({
      user: [
        open,
        lend(0, 4 * KiB, { as: 'a' }),
        lend(0, 4 * KiB, { as: 'b' }),
        step('allocEntry', 'nic', { bar: 0, offset: 8 * KiB, length: 8 * KiB }),
        lend(8 * KiB, 8 * KiB, { as: 'c' }),
        step('entries', 'nic'),
      ],
    })
    expect(endings(report)).toEqual(Array(6).fill('ok'))
    expect(report.outcomes.at(-1)?.result).toMatchObject({
      value: [
        { bar: 0, offset: 0, length: 4 * KiB, buffers: 2 },
        { bar: 0, offset: 8 * KiB, length: 8 * KiB, buffers: 1 },
      ],
    })
    expect(invariants(report)).toEqual([])
  })

  test('a part of a piece, more than one range, and fields of other ioctls are EINVAL', () => {
    expect(
      outcomes(
        lend(0, 8 * KiB),
        lend(0, 4 * KiB),
        step('export', 'nic', { bar: 0, ranges: [...range(0x4000, 0x1000), ...range(0x6000, 0x1000)] }),
        lend(0x4000, 0x1000, { flags: 1 }),
        lend(0x4000, 0x1000, { nrRanges: 2 }),
        lend(0x4000, 0x1000, { argsz: 8 }),
      ),
    ).toEqual(['ok', ...Array<string>(5).fill('EINVAL RDMA-18')])
  })

  test('pieces are whole pages of a memory BAR, and belong to one process', () => {
    expect(
      outcomes(
        lend(0, 100),
        lend(100, 4 * KiB),
        lend(60 * KiB, 8 * KiB),
        step('export', 'nic', { bar: 2, ranges: range(0, 0x1000) }),
        step('export', 'nic', { bar: 5, ranges: range(0, 0x1000) }),
      ),
    ).toEqual(Array(5).fill('EINVAL RDMA-18'))
    const two = play({
      user: [open, step('allocEntry', 'nic', { length: 8 * KiB }), step('idle', '')],
      other: [step('sleep', '', { ticks: 100 }), step('open', 'nic', { as: 'theirs' }), lend2(), step('kill', 'user')],
    })
    expect(two.outcomes.find(({ text }) => text.startsWith('export'))?.result).toMatchObject({ errno: 'ENOSPC' })
  })

  test('P2P-6, P2P-11: without P2PDMA there is no provider: EOPNOTSUPP', () => {
    const facts = { config: { p2pdma: false, vfioPciDmabuf: false } }
    expect(endings(play({ user: [open, lend(0, 4 * KiB)] }, { facts }))).toEqual(['ok', 'EOPNOTSUPP P2P-6'])
  })

  test('an export that fails for want of memory leaves nothing behind', () => {
    const failing = {
      name: 'failing',
      apply: ({ hooks }: Parameters<ReturnType<typeof import('../src/index.ts').uverbs>['apply']>[0]) => {
        let first = true
        hooks.fault.tap('failing', ({ point }) => {
          if (point !== 'dmabuf:export' || !first) return undefined
          first = false
          return 'ENOMEM'
        })
      },
    }
    const report = play(
      { user: [open, lend(0, 4 * KiB), lend(0, 4 * KiB), step('close', 'nic')] },
      { plugins: [failing] },
    )
    expect([endings(report), invariants(report)]).toEqual([['ok', 'ENOMEM RDMA-18', 'ok', 'ok'], []])
  })

  test('words: nothing to free is ENOENT', () => {
    expect(outcomes(step('freeEntry', 'nic', { offset: 4 * KiB }))).toEqual(['ENOENT RDMA-18'])
  })
})

const lend2 = () => step('export', 'theirs', { bar: 0, ranges: range(4 * KiB, 4 * KiB) })

describe('RDMA-18: who may use it', () => {
  const story = [open, lend(0, 4 * KiB, { as: 'buf' }), step('import', 'buf', { on: 'card', as: 'use' })]
  const third = (card: 'inline' | 'late' | 'silent' | 'pinning' | 'static' | 'distant') =>
    endings(play({ user: [...story, step('close', 'use')] }, { card }))[2]

  test.each([
    ['inline', 'ok'],
    ['late', 'ok'],
    // Nobody asks whether it could be told to let go.
    ['silent', 'ok'],
    ['pinning', 'EOPNOTSUPP RDMA-18'],
    ['static', 'EOPNOTSUPP RDMA-18'],
    ['distant', 'EOPNOTSUPP RDMA-18'],
  ] as const)('an importer that is %s: %s', (card, ending) => {
    expect(third(card)).toBe(ending)
  })

  test('its packets arrive in the pages that were lent', () => {
    const report = play({ user: [...story, step('write', 'use', { data: 'ring' })] })
    expect([endings(report), invariants(report)]).toEqual([['ok', 'ok', 'ok', 'ok'], []])
  })
})
