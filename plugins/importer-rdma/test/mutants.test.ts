import { describe, expect, test } from 'vitest'
import { type InvalidateStep, MLX5_INVALIDATE } from '../src/index.ts'
import { explore, lend, step } from './machine.ts'

const story = {
  vmm: [...lend, step('revoke', 'nvme'), step('restore', 'nvme')],
  nic: [
    step('import', 'buf', { on: 'nic', as: 'mr', expect: ['ok', 'ENODEV'] }),
    step('write', 'mr', { length: '16 KiB', expect: ['ok', 'error'] }),
    step('close', 'mr'),
  ],
}
const RUNS = 300

/** Invariants that some schedule breaks, and how many schedules do. */
function broken(mlx5Invalidate: readonly InvalidateStep[]) {
  const reports = explore(story, { runs: RUNS, mlx5Invalidate })
  const found = reports.map((report) => report.violations.map((violation) => violation.invariant))
  return { runs: reports.length, bad: found.filter((each) => each.length > 0).length, what: new Set(found.flat()) }
}

const without = (name: string) => {
  const list = MLX5_INVALIDATE.filter((each) => each.name !== name)
  expect(list.length).toBe(MLX5_INVALIDATE.length - 1)
  return list
}

describe('a callback with a step dropped or moved', () => {
  test('RDMA-12: as it stands, no schedule breaks anything', () => {
    expect(broken(MLX5_INVALIDATE)).toEqual({ runs: RUNS, bad: 0, what: new Set() })
  })

  test('RDMA-12: without the wait for requests in flight one lands after the unmap', () => {
    const { bad, what } = broken(without('waitInFlight'))
    expect([bad > 0, what.has('INV-1')]).toEqual([true, true])
  })

  test('RDMA-12: without the zap the NIC goes on', () => {
    const { bad, what } = broken(without('zapTranslation'))
    expect([bad > 0, what.has('INV-1')]).toEqual([true, true])
  })

  test('RDMA-12: an unmap before the zap lets requests through', () => {
    const [zap, wait, unmap] = MLX5_INVALIDATE
    const { bad, what } = broken([unmap, zap, wait].filter((each) => each !== undefined))
    expect([bad > 0, what.has('INV-1')]).toEqual([true, true])
  })

  test('IMP-3: without the unmap the revoke waits for ever, unless the region goes', () => {
    const reports = explore(
      { ...story, nic: story.nic.slice(0, 2) },
      { runs: 50, mlx5Invalidate: without('unmapPages') },
    )
    const blocked = reports.filter((report) => report.outcomes.some(({ result }) => result.kind === 'blocked'))
    expect(blocked.length > 0).toBe(true)
  })
})
