import { describe, expect, test } from 'vitest'
import type { Generation } from '@barter/core'
import { VIRTIO_GPU_INVALIDATE, type VirtioGpuStep } from '../src/index.ts'
import { endings, explore, failing, faults, given, happened, type House, lend, protocol, run, step } from './machine.ts'

type Words = Parameters<typeof step>[2]
const house: House = { driver: 'virtio-gpu' }
const load = (words: Words = {}) => step('import', 'buf', { on: 'gpu', as: 'bo', ...words })
const write = (words: Words = {}) => step('write', 'bo', { length: '8 KiB', ...words })
const revoke = step('revoke', 'nvme')
const restore = step('restore', 'nvme')
const status = step('status', 'bo')
const end = [step('close', 'bo'), step('close', 'buf'), step('close', 'nvme')]
const gone = 'resource has no backing, DRM-21'

describe('a guest blob', () => {
  test('DRM-20: it is mapped from its import on, and the host uses the addresses', () => {
    const read = step('read', 'bo', { offset: 5000, length: 6, expectData: 'abcabc' })
    const story = [...lend, load(), status, write({ offset: 5000, length: 6, data: 'abc' }), read, ...end]
    const report = run({ vmm: story }, house)
    expect(given(report, 'status')).toEqual([{ resource: 1, mapped: true }])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-20: import waits until whoever moves the memory has finished', () => {
    const report = run({ vmm: [...lend, step('busy', 'nvme'), load(), ...end] }, house)
    const [, , , { started = 0, ended = 0 } = {}] = report.outcomes
    expect([ended - started > 9000, faults(report)]).toEqual([true, []])
  })

  test('DRM-20, GEN-18: accepted, refused where pinning is, accepted again', () => {
    const generations: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']
    const outcome = (generation: Generation) => {
      const report = run(
        { vmm: [...lend, load(), step('close', 'buf'), step('close', 'nvme')] },
        { ...house, generation },
      )
      return [endings(report)[0], faults(report)]
    }
    expect(generations.map(outcome)).toEqual([
      ['ok', []],
      ['EOPNOTSUPP GEN-4', []],
      ['ok', []],
      ['ok', []],
    ])
  })

  test.each([{ blob: false }, { virgl: true }])(
    'DRM-20: on a host with %o it attaches statically and is refused',
    (features) => {
      const report = run({ vmm: [...lend, load(), step('close', 'buf')] }, { ...house, virtioGpu: features })
      expect([endings(report)[0], faults(report)]).toEqual(['EOPNOTSUPP VFIO-25', []])
    },
  )

  test('DRM-20: a path that cannot be is refused at import, and nothing is left over', () => {
    const report = run({ vmm: [...lend, load({ on: 'far' }), step('close', 'buf'), step('close', 'nvme')] }, house)
    expect([endings(report)[0], faults(report)]).toEqual(['EINVAL SGT-8', []])
  })

  test('DRM-20, P2P-17: below virtio-mmio the importing device is no PCI function, and nobody knows a way to it', () => {
    const onMmio = load({ on: 'misc', driver: 'virtio-gpu' })
    const report = run({ vmm: [...lend, onMmio, step('close', 'buf'), step('close', 'nvme')] }, house)
    expect([endings(report)[0], faults(report)]).toEqual(['EINVAL SGT-8', []])
  })
})

describe('told to let go', () => {
  test('DRM-21: the host drops the addresses, then it is unmapped, and never mapped again', () => {
    const story = [...lend, load(), write(), revoke, write(), restore, write(), status, step('restore', 'bo'), ...end]
    const report = run({ vmm: story }, house)
    expect(endings(report).slice(0, 8)).toEqual(['ok', 'ok', 'ok', gone, 'ok', gone, 'ok', 'ENOMEM DRM-21'])
    expect(protocol(report)).toEqual(['gpu: detachFromHost', 'gpu: unmap'])
    expect(given(report, 'status')).toEqual([{ resource: 1, mapped: false }])
    expect(faults(report)).toEqual([])
  })

  test('DRM-21: a new import of the buffer works after the un-revoke', () => {
    const again = [load({ as: 'again' }), step('write', 'again', { length: '4 KiB' })]
    const report = run({ vmm: [...lend, load(), revoke, restore, ...again, ...end] }, house)
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-21: while it is mapped the host can be given the addresses again', () => {
    const report = run({ vmm: [...lend, load(), step('restore', 'bo'), write(), ...end] }, house)
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('BUG-38: without memory for the command the kernel unmaps all the same; the host goes on, and the judge sees it', () => {
    const report = run(
      { vmm: [...lend, load(), revoke, write(), ...end] },
      { ...house, switches: ['BUG-38'], plugins: [failing('virtio-gpu:detach', 'ENOMEM')] },
    )
    expect(endings(report)[2]).toBe('ok')
    expect(report.violations.map(({ invariant }) => invariant)).toEqual(['INV-1'])
  })

  test('BUG-38: as intended, the command cannot fail', () => {
    const report = run(
      { vmm: [...lend, load(), revoke, write({ expect: 'error' }), ...end] },
      { ...house, plugins: [failing('virtio-gpu:detach', 'ENOMEM')] },
    )
    expect([endings(report)[2], report.verdict, faults(report)]).toEqual([gone, 'pass', []])
  })
})

describe('revoke against the host', () => {
  const RUNS = 100
  const story = {
    vmm: [...lend, ...['revoke', 'dark', 'light', 'restore'].map((word) => step(word, 'nvme'))],
    user: [
      load({ expect: ['ok', 'ENODEV'] }),
      write({ length: '16 KiB', expect: ['ok', 'error'] }),
      write({ length: '16 KiB', expect: ['ok', 'error'] }),
      step('close', 'bo'),
    ],
  }
  const broken = (virtioGpuInvalidate: readonly VirtioGpuStep[]) => {
    const reports = explore(story, { ...house, virtioGpuInvalidate, runs: RUNS })
    const met = reports.filter((report) => happened(report).includes('invalidate mapped')).length
    return { met, found: new Set(reports.flatMap(faults).map((text) => text.split(' ')[0])) }
  }
  const [detach, unmap] = VIRTIO_GPU_INVALIDATE

  test('DRM-21, INV-1: whatever the schedule, nothing lands after the revoke returned', () => {
    const { met, found } = broken(VIRTIO_GPU_INVALIDATE)
    expect([met > 10, found]).toEqual([true, new Set()])
  })

  test('DRM-21: an unmap before the host has dropped the addresses is found', () => {
    expect(broken([unmap, detach].filter((each) => each !== undefined)).found.has('INV-1')).toBe(true)
  })

  test('IMP-3: without the unmap the revoke waits for ever', () => {
    const report = run(
      { vmm: [...lend, load(), revoke] },
      { ...house, virtioGpuInvalidate: VIRTIO_GPU_INVALIDATE.slice(0, 1) },
    )
    expect(faults(report)).toEqual([
      'INV-9 gpu was told to let go of buf0 and does not; vmm waits for unmaps(buf0) (unmap)',
      'blocked: revoke nvme',
    ])
  })
})
