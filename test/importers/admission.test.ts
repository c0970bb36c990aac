/** Whom vfio-pci admits, and what would become of those it refuses. */
import { expect, test } from 'vitest'
import {
  ATTACH_CHECKS,
  dropOwn,
  invalidate,
  lockResv,
  REVOKE,
  setFlag,
  unlockResv,
  waitFences,
  waitUnmapped,
  rearm,
} from '@barter/exporter-vfio-pci'
import { ending, explore, faults, PATHS, run, step } from './machine.ts'

const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
const load = step('import', 'buf', { on: 'importer', as: 'held' })
const write = step('write', 'held', { length: '16 KiB' })
const may = { expect: ['ok', 'error', 'ENODEV'] } as const

test('VFIO-25, GEN-8, GEN-18, DRM-30: who is admitted', () => {
  const drivers = ['mlx5', 'mlx5-data-direct', 'irdma', 'amdgpu', 'xe', 'virtio-gpu', 'prime']
  const outcomes = PATHS.map((path) =>
    drivers.map((driver) => {
      const report = run({ vmm: [...lend, load, step('close', 'buf'), step('close', 'nvme')] }, { driver, path })
      expect(report.violations).toEqual([])
      return `${driver}: ${ending(report.outcomes[2] ?? expect.fail())}`
    }),
  )
  const expected = [
    'mlx5: ok',
    'mlx5-data-direct: EOPNOTSUPP VFIO-25',
    'irdma: ok',
    'amdgpu: ok',
    'xe: ok',
    'virtio-gpu: ok',
    'prime: EOPNOTSUPP VFIO-25',
  ]
  expect(outcomes).toEqual(PATHS.map(() => expected))
})

test('DRM-20: virtio-gpu on a host with virgl is refused as any static importer', () => {
  const report = run({ vmm: [...lend, load] }, { driver: 'virtio-gpu', drm: { virtioGpu: { virgl: true } } })
  expect(ending(report.outcomes[2] ?? expect.fail())).toBe('EOPNOTSUPP VFIO-25')
})

test('BUG-68, DRM-31: an exporter that forgets to check admits a static importer, and its next reset never returns', () => {
  const careless = { protocols: { attachChecks: ATTACH_CHECKS.filter(({ name }) => name === 'notRevoked') } }
  const report = run({ vmm: [...lend, load, write, step('reset', 'nvme')] }, { driver: 'prime', vfio: careless })
  expect(report.outcomes.map(ending)).toEqual(['ok', 'ok', 'ok', 'ok', 'blocked'])
})

test('BUG-68, BUG-2, DRM-31: if it does not wait either, the importer goes on through a reset', () => {
  const careless = {
    protocols: {
      attachChecks: ATTACH_CHECKS.filter(({ name }) => name === 'notRevoked'),
      revoke: [lockResv, setFlag, invalidate, unlockResv],
    },
  }
  const report = run(
    {
      vmm: [...lend, load, step('reset', 'nvme')],
      user: [step('wait', 'buf', { until: 'revoked' }), step('write', 'held', { length: '4 KiB', ...may })],
    },
    { driver: 'prime', vfio: careless },
  )
  expect(report.violations.map(({ invariant }) => invariant)).toContain('INV-1')
})

const jobs = {
  vmm: [...lend, step('wait', 'buf', { until: 'mapped' }), step('reset', 'nvme')],
  user: [
    load,
    step('submit', 'held', { length: '32 KiB', ticks: '1 ms', ...may }),
    step('waitIdle', 'held'),
    step('close', 'held'),
  ],
}

test('REV-2, DRM-3: a reset waits for the job that runs and for its ghost', () => {
  const reports = explore(jobs, { driver: 'amdgpu', runs: 40 })
  expect(reports.flatMap(faults)).toEqual([])
  const ghosts = reports.filter(({ events }) =>
    events.some((event) => event.kind === 'unmap' && event.task.startsWith('ghost')),
  )
  expect([reports.length, ghosts.length > 0]).toEqual([40, true])
})

test('BUG-2: a revoke that waits for nothing lets the job run into the reset', () => {
  const reports = explore(jobs, {
    driver: 'amdgpu',
    runs: 40,
    vfio: { protocols: { revoke: [lockResv, setFlag, invalidate, unlockResv] } },
  })
  const found = new Set(reports.flatMap(({ violations }) => violations.map(({ invariant }) => invariant)))
  expect(found.has('INV-1')).toBe(true)
})

test('BUG-53, REV-3: a revoke that waits for unmaps with the reservation held waits for a ghost that needs it', () => {
  const waitInside = [lockResv, setFlag, invalidate, waitFences, dropOwn, waitUnmapped, rearm, unlockResv]
  expect(waitInside.length).toBe(REVOKE.length)
  const reports = explore(jobs, { driver: 'amdgpu', runs: 40, vfio: { protocols: { revoke: waitInside } } })
  const blocked = reports.filter(({ outcomes }) => outcomes.some(({ result }) => result.kind === 'blocked'))
  expect(blocked.length > 0).toBe(true)
})
