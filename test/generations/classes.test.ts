/** GEN-18 and GEN-19: which class of importers each kernel admits, with real drivers, and what becomes of them. */
import type { Generation, StepValue } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { endings, GENERATIONS, invariants, run, step } from './house.ts'

type Class = 'restartable' | 'transient-pin' | 'pinned-revocable' | 'pinned-nonrevocable' | 'no-callback' | 'static'

interface Member {
  readonly driver: string
  readonly class: Class
  readonly options?: Readonly<Record<string, StepValue>>
}

const MEMBERS: readonly Member[] = [
  { driver: 'mlx5', class: 'restartable' },
  { driver: 'amdgpu', class: 'restartable' },
  { driver: 'xe', class: 'restartable' },
  { driver: 'virtio-gpu', class: 'transient-pin' },
  { driver: 'irdma', class: 'pinned-revocable' },
  { driver: 'mlx5-data-direct', class: 'pinned-nonrevocable' },
  { driver: 'probe', class: 'restartable', options: { invalidate: 'inline' } },
  { driver: 'probe', class: 'no-callback', options: { invalidate: 'none' } },
  { driver: 'prime', class: 'static' },
  { driver: 'probe', class: 'static', options: { static: true } },
]

/** What the kernel of a generation asks, in order: dma-buf (GEN-2), attach (GEN-3), pin (GEN-4). */
function admission(of: Class, generation: Generation): string {
  const early = generation === 'G1' || generation === 'G1p'
  // Before 7.1 RDMA had to have a callback, which then did nothing (GEN-5, GEN-6).
  const dummies = early && (of === 'pinned-revocable' || of === 'pinned-nonrevocable')
  const revocable = of === 'restartable' || of === 'transient-pin' || of === 'pinned-revocable' || dummies
  const pins = of === 'transient-pin' || of === 'pinned-revocable' || of === 'pinned-nonrevocable'
  if (early && of !== 'static' && !revocable) return 'EINVAL DMB-8'
  if (of === 'static') return 'EOPNOTSUPP VFIO-25'
  if (!early && !revocable) return 'EOPNOTSUPP VFIO-25'
  if (generation === 'G1p' && pins) return 'EOPNOTSUPP GEN-4'
  return 'ok'
}

const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
const load = (options = {}) => step('import', 'buf', { on: 'importer', as: 'held', ...options })
const end = [step('close', 'buf'), step('close', 'nvme')]

describe.each(GENERATIONS)('%s', (generation) => {
  test.each(MEMBERS)('GEN-18, GEN-19: $driver as $class', ({ driver, class: of, options }) => {
    const report = run(driver, generation, [...lend, load(options), ...end])
    expect(endings(report)[2]).toBe(admission(of, generation))
    expect(invariants(report)).toEqual([])
  })
})

test('GEN-5, GEN-6, GEN-18: the table, written out', () => {
  const table = (driver: string) =>
    GENERATIONS.map((generation) => endings(run(driver, generation, [...lend, load(), ...end]))[2])
  expect(table('mlx5')).toEqual(['ok', 'ok', 'ok', 'ok'])
  expect(table('irdma')).toEqual(['ok', 'EOPNOTSUPP GEN-4', 'ok', 'ok'])
  expect(table('virtio-gpu')).toEqual(['ok', 'EOPNOTSUPP GEN-4', 'ok', 'ok'])
  expect(table('mlx5-data-direct')).toEqual(['ok', 'EOPNOTSUPP GEN-4', 'EOPNOTSUPP VFIO-25', 'EOPNOTSUPP VFIO-25'])
  expect(table('prime')).toEqual(Array(4).fill('EOPNOTSUPP VFIO-25'))
})

describe('what becomes of those admitted, after a reset', () => {
  const story = (driver: string, generation: Generation) =>
    run(driver, generation, [
      ...lend,
      load(),
      step('write', 'held', { length: '4 KiB' }),
      step('reset', 'nvme'),
      step('write', 'held', { length: '4 KiB' }),
      step('close', 'held'),
      ...end,
    ])

  test.each(['mlx5-data-direct', 'irdma'])(
    'BUG-4, GEN-5, INV-1: in G1 %s is pinned, is told in vain, and keeps its access',
    (driver) => {
      const report = story(driver, 'G1')
      expect(endings(report).slice(2, 6)).toEqual(['ok', 'ok', 'ok', 'ok'])
      expect(invariants(report)).toEqual(['INV-1'])
    },
  )

  test('GEN-5, INV-1: G2 refuses it, and there is nothing to find', () => {
    const report = run('mlx5-data-direct', 'G2', [...lend, load(), step('reset', 'nvme'), ...end])
    expect(endings(report)).toEqual(['ok', 'ok', 'EOPNOTSUPP VFIO-25', 'ok', 'ok', 'ok'])
    expect(invariants(report)).toEqual([])
  })

  test.each(['G2r', 'G2'] as const)('GEN-6, GEN-12: in %s irdma lets go for good', (generation) => {
    const report = story('irdma', generation)
    expect(endings(report).slice(2, 6)).toEqual(['ok', 'ok', 'ok', 'error'])
    expect(invariants(report)).toEqual([])
  })

  test.each(GENERATIONS)('GEN-1, GEN-18: in %s mlx5 faults, maps again and works', (generation) => {
    const report = story('mlx5', generation)
    expect(endings(report).slice(2, 6)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(invariants(report)).toEqual([])
  })

  test('DRM-12, GEN-12, INV-1: where nobody waits for unmaps, a reset with an idle xe object returns', () => {
    const reset = (generation: Generation) =>
      endings(
        run('xe', generation, [...lend, load(), step('write', 'held', { length: '4 KiB' }), step('reset', 'nvme')]),
      )
    expect(GENERATIONS.map((generation) => reset(generation).at(-1))).toEqual(['ok', 'ok', 'blocked', 'blocked'])
  })
})
