import { describe, expect, test } from 'vitest'
import type { Generation } from '@barter/core'
import { endings, faults, type House, lend, run, step } from './machine.ts'

const house: House = { driver: 'prime' }
const load = step('import', 'buf', { on: 'gpu', as: 'bo' })
const write = step('write', 'bo', { length: '8 KiB' })
const end = [step('close', 'bo'), step('close', 'buf'), step('close', 'nvme')]

describe('a PRIME importer', () => {
  test('DRM-30, GEN-8: an exporter that revokes refuses it in every generation', () => {
    const generations: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']
    const outcomes = generations.map((generation) => {
      const report = run({ vmm: [...lend, load, step('close', 'buf')] }, { ...house, generation })
      return [endings(report)[0], faults(report)]
    })
    expect(outcomes).toEqual(generations.map(() => ['EOPNOTSUPP VFIO-25', []]))
  })

  test('DRM-31: admitted, it maps at once and for as long as user space likes', () => {
    const read = step('read', 'bo', { offset: 5000, length: 6, expectData: 'abcabc' })
    const report = run(
      { vmm: [...lend, load, step('write', 'bo', { offset: 5000, length: 6, data: 'abc' }), read, ...end] },
      { ...house, admitStatic: true },
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-31: admitted, it cannot be told to stop: a revoke that waits waits for ever', () => {
    const report = run({ vmm: [...lend, load, write, step('revoke', 'nvme')] }, { ...house, admitStatic: true })
    expect(faults(report)).toEqual([
      'INV-9 gpu was told to let go of buf0 and does not; vmm waits for unmaps(buf0) (unmap)',
      'blocked: revoke nvme',
    ])
  })

  test('DRM-31: admitted, it uses what is no longer lent when the revoke does not wait', () => {
    const report = run(
      { vmm: [...lend, load, step('revoke', 'nvme'), write, ...end] },
      { ...house, admitStatic: true, generation: 'G1' },
    )
    expect([endings(report)[2], report.violations.map(({ invariant }) => invariant)]).toEqual(['ok', ['INV-1']])
  })

  test('DRM-30: admitted where the path cannot be, the map fails and nothing is left over', () => {
    const far = step('import', 'buf', { on: 'far', as: 'bo' })
    const report = run(
      { vmm: [...lend, far, step('close', 'buf'), step('close', 'nvme')] },
      { ...house, admitStatic: true },
    )
    expect([endings(report)[0], faults(report)]).toEqual(['EINVAL SGT-8', []])
  })
})
