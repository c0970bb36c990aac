import { describe, expect, test } from 'vitest'
import { ContractError, done } from '@barter/core'
import { AMDGPU_INVALIDATE, type AmdgpuStep } from '../src/index.ts'
import {
  duration,
  ending,
  endings,
  explore,
  faults,
  given,
  happened,
  type House,
  lend,
  protocol,
  run,
  step,
} from './machine.ts'

type Words = Parameters<typeof step>[2]
const house: House = { driver: 'amdgpu' }
const load = (words: Words = {}) => step('import', 'buf', { on: 'gpu', as: 'bo', ...words })
const write = (words: Words = {}) => step('write', 'bo', { length: '8 KiB', ...words })
const submit = (words: Words = {}) => step('submit', 'bo', { length: '32 KiB', ticks: '10 ms', ...words })
const status = step('status', 'bo')
const end = [step('close', 'bo'), step('close', 'buf'), step('close', 'nvme')]

describe('an amdgpu object', () => {
  test('DRM-1: import attaches and maps nothing; the first job maps', () => {
    const report = run({ vmm: [...lend, load(), status, write({ data: 'abc' }), status, ...end] }, house)
    const state = { stale: true, mapped: false, ghosts: 0, running: 0 }
    expect(given(report, 'status')).toEqual([state, { ...state, stale: false, mapped: true }])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-1: what a job writes another one reads', () => {
    const read = step('read', 'bo', { offset: 5000, length: 6, expectData: 'abcabc' })
    const report = run({ vmm: [...lend, load(), write({ offset: 5000, length: 6, data: 'abc' }), read, ...end] }, house)
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-1: a job beyond the end of the object is a fault of the GPU, not of the call', () => {
    const report = run({ vmm: [...lend, load(), write({ offset: '60 KiB' }), ...end] }, house)
    expect([endings(report)[1], faults(report)]).toEqual(['GPU page fault, DRM-2', []])
  })

  test('DRM-1: an import of a revoked buffer fails with ENODEV; a path that cannot be is found by the first job', () => {
    const revoked = run({ vmm: [...lend, step('revoke', 'nvme'), load(), step('close', 'buf')] }, house)
    expect([endings(revoked)[1], faults(revoked)]).toEqual(['ENODEV VFIO-25', []])
    const far = run({ vmm: [...lend, load({ on: 'far' }), write(), ...end] }, house)
    expect([endings(far).slice(0, 2), faults(far)]).toEqual([['ok', 'EINVAL SGT-8'], []])
  })

  test('DRM-4: a submission while revoked fails with ENODEV, and works after the un-revoke', () => {
    const report = run(
      {
        vmm: [
          ...lend,
          load(),
          write(),
          step('revoke', 'nvme'),
          write(),
          submit(),
          step('restore', 'nvme'),
          write(),
          submit({ ticks: 0 }),
          step('waitIdle', 'bo'),
          ...end,
        ],
      },
      house,
    )
    const refused = 'ENODEV VFIO-26'
    expect(endings(report).slice(0, 9)).toEqual(['ok', 'ok', 'ok', refused, refused, 'ok', 'ok', 'ok', 'ok'])
    expect(given(report, 'waitIdle')).toEqual([['success', 'success', 'success']])
    expect(faults(report)).toEqual([])
  })

  test('DMB-15: a job waits for who still moves the memory, its submission does not', () => {
    const report = run(
      { vmm: [...lend, step('busy', 'nvme'), load(), submit({ ticks: 0 }), step('waitIdle', 'bo'), ...end] },
      house,
    )
    expect(duration(report, 'waitIdle bo')).toBeGreaterThan(9000)
    expect(report.outcomes.find(({ text }) => text.startsWith('submit'))?.ended).toBeLessThan(1000)
  })
})

describe('told to let go', () => {
  test('DRM-2, DRM-3: idle, it unmaps inside the callback, and the revoke waits for nothing', () => {
    const report = run({ vmm: [...lend, load(), write(), step('revoke', 'nvme'), status, ...end] }, house)
    expect(protocol(report).slice(0, 3)).toEqual(['gpu: markStale', 'gpu: gut', 'gpu: updatePageTables'])
    expect(happened(report).slice(1, 4)).toEqual(['invalidate mapped', 'unmap by vmm', 'revoked'])
    expect(duration(report, 'revoke nvme')).toBeLessThan(100)
    expect(given(report, 'status')).toEqual([{ stale: true, mapped: false, ghosts: 0, running: 0 }])
  })

  test('DRM-3: while a job runs, a ghost keeps the mapping; the revoke waits for the fence and for the ghost', () => {
    const report = run({ vmm: [...lend, load(), submit(), step('revoke', 'nvme'), status, ...end] }, house)
    expect(happened(report).slice(0, 4)).toEqual([
      'invalidate mapped',
      'job 1 of gpu: success',
      'unmap by ghost of gpu',
      'revoked',
    ])
    expect(duration(report, 'revoke nvme')).toBeGreaterThan(8000)
    expect(faults(report)).toEqual([])
  })

  test('DRM-4: a submission that meets a ghost fails at once, without waiting for the job', () => {
    const report = run(
      {
        vmm: [...lend, load(), submit(), step('revoke', 'nvme'), step('restore', 'nvme')],
        user: [step('wait', 'bo', { until: 'invalidated' }), write({ expect: 'ENODEV' }), write(), step('close', 'bo')],
      },
      house,
    )
    // The first one waits for the reservation, which the revoke holds until the job is done.
    expect(report.outcomes.filter(({ actor }) => actor === 'user').map(ending)).toEqual([
      'ok',
      'ENODEV VFIO-26',
      expect.stringMatching(/^(ok|ENODEV VFIO-26)$/),
      'ok',
    ])
    expect(faults(report)).toEqual([])
  })

  test('REV-6: told twice, or with nothing mapped, it does nothing more', () => {
    const twice = ['revoke', 'restore', 'revoke', 'restore'].map((word) => step(word, 'nvme'))
    const report = run({ vmm: [...lend, load(), ...twice, write(), ...end] }, house)
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-3, DMB-6: a handle that is closed while a job runs leaves the object until the job is done', () => {
    const report = run({ vmm: [...lend, load(), submit(), step('close', 'bo'), step('revoke', 'nvme')] }, house)
    expect(duration(report, 'close bo')).toBeLessThan(100)
    expect(happened(report)).toContain('job 1 of gpu: success')
    expect(faults(report)).toEqual([])
  })
})

describe('revoke against jobs', () => {
  const RUNS = 100
  const busy = { expect: ['ok', 'ENODEV'] } as const
  const cycle = ['revoke', 'dark', 'light', 'restore'].map((word) => step(word, 'nvme'))
  const on = (name: string, verb: string, words: Words = {}) =>
    step(verb, name, { length: '16 KiB', ...busy, ...words })
  const story = {
    vmm: [...lend, ...cycle, step('sleep', '1 ms'), ...cycle],
    // Meets the first revoke, whenever it comes.
    user: [load(busy), submit({ ticks: 200, ...busy }), write(busy), step('waitIdle', 'bo'), step('close', 'bo')],
    // Meets the second one, with a job that runs.
    late: [
      step('sleep', '900'),
      load({ as: 'late', ...busy }),
      on('late', 'submit', { ticks: 200 }),
      on('late', 'write'),
      step('sleep', '1 ms'),
      on('late', 'write'),
      step('waitIdle', 'late'),
    ],
  }
  const broken = (amdgpuInvalidate: readonly AmdgpuStep[], switches: readonly string[] = []) => {
    const reports = explore(story, { ...house, amdgpuInvalidate, switches, runs: RUNS })
    const invariants = new Set(reports.flatMap(faults).map((text) => text.split(' ')[0]))
    return { reports, invariants }
  }
  const changed = (name: string, step?: AmdgpuStep) =>
    AMDGPU_INVALIDATE.flatMap((each) => (each.name === name ? (step === undefined ? [] : [step]) : [each]))

  test('DRM-2, DRM-3, INV-1: whatever the schedule, nothing lands after the revoke returned and everybody ends', () => {
    const { reports, invariants } = broken(AMDGPU_INVALIDATE)
    expect([invariants, new Set(reports.map(({ verdict }) => verdict))]).toEqual([new Set(), new Set(['pass'])])
    // The search meets objects that are idle, ghosts of busy ones, and handles that are closed meanwhile.
    const who = reports.flatMap((report) => report.events.flatMap((one) => (one.kind === 'unmap' ? [one.task] : [])))
    expect(new Set(who)).toEqual(new Set(['vmm', 'ghost of gpu', 'delayed delete of gpu', 'late']))
  })

  test('DRM-3: an unmap that does not wait for the jobs is found', () => {
    const early: AmdgpuStep = { name: 'unmapNow', rule: 'DRM-3', run: ({ bo }) => bo.unpopulate() }
    expect(broken(changed('gut', early)).invariants.has('INV-1')).toBe(true)
  })

  test('DRM-2: page tables that nobody clears are harmless, since no job runs before they are written again', () => {
    expect(broken(changed('updatePageTables')).invariants).toEqual(new Set())
  })

  test('DRM-2: without the mark they are not written again: the next job faults, or goes where it may not', () => {
    const ends = new Set(broken(changed('markStale')).reports.flatMap((report) => given(report, 'waitIdle').flat()))
    expect(ends.has('GPU page fault')).toBe(true)
    const [, gut] = AMDGPU_INVALIDATE
    expect(broken(gut === undefined ? [] : [gut]).invariants.has('INV-1')).toBe(true)
  })

  test('IMP-3: without the unmap the revoke waits for ever', () => {
    expect(broken(changed('gut')).invariants.has('blocked:')).toBe(true)
  })

  test('BUG-43: the attachment that is stored late harms only a callback that needs it', () => {
    const needs: AmdgpuStep = {
      name: 'needsAttachment',
      rule: 'BUG-43',
      run({ bo }) {
        if (bo.attachment === undefined) throw new ContractError('BUG-43', 'the attachment is not stored yet')
        return done(undefined)
      },
    }
    expect(broken(AMDGPU_INVALIDATE, ['BUG-43']).invariants).toEqual(new Set())
    expect(broken([needs, ...AMDGPU_INVALIDATE]).invariants).toEqual(new Set())
    expect(broken([needs, ...AMDGPU_INVALIDATE], ['BUG-43']).invariants.has('INV-12')).toBe(true)
  })
})
