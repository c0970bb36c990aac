// What a revoke takes out of address spaces, and what it leaves. IFD-4, IFD-7 to IFD-10, IFD-13.
import type { Actor, Step } from '@barter/core'
import { describe, expect, test } from 'vitest'
import {
  attach,
  endings,
  lastValue,
  lend,
  lookUp,
  memory,
  opened,
  put,
  SIZE,
  step,
  story,
  take,
  tell,
} from './house.ts'

const NOTHING = { physical: null }
const begin = [...opened('disk', 'nic', 'gpu'), attach('nic'), lend(), put(0)]

describe('a revoke', () => {
  test.each<readonly [string, readonly Step[]]>([
    ['memory off', [memory(false)]],
    ['D3hot', [step('configWrite', 'disk-file', { register: 'pmcsr', value: 3 })]],
    ['a device reset', [step('reset', 'disk-file')]],
    ['low power', [step('lowPower', 'disk-file', { action: 'entry' })]],
    ['the last close', [step('close', 'disk-file')]],
  ])('IFD-8: %s takes the BAR out of every domain and every space, before it returns', (_name, trigger) => {
    const more = [
      step('ioasAlloc', 'fd', {}, 'other'),
      step('ioasCopy', 'fd', { ioas: 'other', from: 'space', at: 0, length: SIZE, iova: 0x10_0000 }),
      attach('gpu', 'other'),
      put(0x20_0000, { length: 0x1000 }),
    ]
    const looks = [lookUp('nic', 0), lookUp('nic', 0x20_0000), lookUp('gpu', 0x10_0000)]
    const report = tell([...begin, ...more, ...looks, ...trigger, ...looks])
    const seen = report.outcomes.filter(({ text }) => text.startsWith('iommuLookup')).map(({ result }) => result)
    expect(seen.slice(0, 3)).not.toContainEqual({ kind: 'ok', value: NOTHING })
    expect(seen.slice(3)).toEqual(Array(3).fill({ kind: 'ok', value: NOTHING }))
    expect(report.violations).toEqual([])
  })

  test('IFD-8: leaves the buffers of other devices alone', () => {
    const other = [
      step('export', 'gpu-file', { bar: 0 }, 'others'),
      step('ioasMapFile', 'space', { buffer: 'others', iova: 0x10_0000 }),
    ]
    const report = tell([...begin, ...other, memory(false), lookUp('nic', 0x10_0000)])
    expect(lastValue(report)).not.toEqual(NOTHING)
  })

  test('IFD-4: does not wait for iommufd, and iommufd does not wait for who is slow', () => {
    const slow = step('import', 'buf', { on: 'gpu', driver: 'probe', invalidate: 'worker:30' }, 'slow')
    const actors: readonly Actor[] = [
      {
        name: 'vmm',
        steps: [...begin, slow, step('map', 'slow'), step('start', 'off'), step('wait', 'off', { until: 'done' })],
      },
      { name: 'off', steps: [memory(false)] },
      {
        name: 'watcher',
        steps: [
          step('wait', 'buf', { until: 'revoked' }),
          step('sleep', '', { ticks: 1000 }),
          lookUp('nic', 0),
          step('look', 'off'),
        ],
      },
    ]
    const report = story(actors)(1)
    const [looked, off] = report.outcomes.filter(({ actor }) => actor === 'watcher').slice(-2)
    expect(looked?.result).toEqual({ kind: 'ok', value: NOTHING })
    // The trigger waits for the other importer then.
    expect(off?.result).toMatchObject({ kind: 'ok', value: { done: false, why: 'unmap' } })
  })
})

describe('after a revoke', () => {
  const gone = [...begin, memory(false)]

  test('IFD-9: the place stays taken, and an unmap gives the whole length', () => {
    const report = tell([...gone, put(0x8000), take(0)])
    expect(endings(report).slice(-2)).toEqual(['ENODEV', 'ok'])
    expect(lastValue(report)).toEqual({ length: BigInt(SIZE) })
    expect(endings(tell([...gone, memory(true), put(0)])).at(-1)).toBe('EEXIST')
  })

  test('IFD-9: an un-revoke brings nothing back, to nobody: not to who was there, nor to who comes then', () => {
    const copied = [
      step('ioasCopy', 'space', { from: 'space', at: 0, length: SIZE, iova: 0x10_0000 }),
      memory(true),
      attach('gpu'),
    ]
    const looks = [lookUp('nic', 0), lookUp('nic', 0x10_0000), lookUp('gpu', 0)]
    const report = tell([...gone, ...copied, ...looks])
    expect(report.outcomes.slice(-3).map(({ result }) => result)).toEqual(Array(3).fill({ kind: 'ok', value: NOTHING }))
  })

  test('IFD-9: a new map works beside the dead one, and in its place once that is unmapped', () => {
    const report = tell([...gone, memory(true), put(0x10_0000), take(0), put(0), lookUp('nic', 0)])
    expect(endings(report).slice(-4)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(lastValue(report)).not.toEqual(NOTHING)
  })

  test('IFD-9: a device that goes on with the address meets a fault of the IOMMU', () => {
    const report = tell([...gone, memory(true), step('dmaWrite', 'nic-file', { offset: 0, length: 4 })])
    expect(lastValue(report)).toEqual({ arrived: false })
    expect(report.violations).toEqual([])
  })

  test('IFD-7: each pair of domain and area is let go once, whichever goes first', () => {
    const ends = [take(0), step('detachIoas', 'nic-file'), step('close', 'fd'), step('close', 'disk-file')]
    for (const [i] of ends.entries()) {
      const turned = [...ends.slice(i), ...ends.slice(0, i)]
      const report = tell([...begin, attach('gpu'), ...turned])
      expect(report.violations).toEqual([])
      const allowed = ['ok', 'EBADF']
      for (const ending of endings(report)) expect(allowed).toContain(ending)
    }
  })
})

test('IFD-13, IFD-10: maps, copies, unmaps, attaches and revokes at once: 40 seeds, no wrong order of locks, nothing left', () => {
  const twice = (steps: readonly Step[]) => [...steps, ...steps]
  const any = (one: Step): Step => ({ ...one, expect: ['ok', 'ENODEV', 'EEXIST', 'ENOENT', 'EBUSY'] })
  const copy = step('ioasCopy', 'space', { from: 'space', at: 0, length: SIZE, iova: 0x10_0000 })
  const actors: readonly Actor[] = [
    {
      name: 'vmm',
      process: 'p',
      steps: [
        ...opened('disk', 'nic', 'gpu'),
        attach('nic'),
        lend(),
        ...['a', 'b', 'c'].map((one) => step('start', one)),
        ...['a', 'b', 'c'].map((one) => step('wait', one, { until: 'done' })),
      ],
    },
    { name: 'a', process: 'p', steps: twice([any(put(0)), any(copy), any(take(0)), any(take(0x10_0000))]) },
    { name: 'b', process: 'p', steps: twice([memory(false), memory(true)]) },
    { name: 'c', process: 'p', steps: twice([attach('gpu'), step('detachIoas', 'gpu-file')]) },
  ]
  const play = story(actors, {}, [{ kind: 'all-finish' }])
  for (let seed = 1; seed <= 40; seed++) {
    const report = play(seed)
    expect([seed, report.violations, report.verdict]).toEqual([seed, [], 'pass'])
  }
})
