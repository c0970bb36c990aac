/** What a revoke promises when it has returned, kernel by kernel: why lending MMIO without struct pages is safe, or is not. */
import { protocolStep, sleep } from '@barter/core'
import { REVOKE, type VfioBuffer, waitUnmapped } from '@barter/exporter-vfio-pci'
import { describe, expect, test } from 'vitest'
import { endings, GENERATIONS, invariants, run, step } from './house.ts'

/** The importer is told and unmaps so many milliseconds later, as it may (DMB-18). */
const lend = (ms: number) => [
  step('open', 'nvme'),
  step('export', 'nvme', { bar: 0, as: 'buf' }),
  step('import', 'buf', { on: 'importer', invalidate: `worker:${ms}`, as: 'held' }),
  step('map', 'held'),
]
const write = step('write', 'held', { length: '4 KiB' })

describe('GEN-22, INV-1, INV-3: safe exactly when a revoke is synchronous, and done before the driver goes', () => {
  test.each(GENERATIONS)('%s', (generation) => {
    const report = run('probe', generation, [...lend(30), write, step('close', 'nvme'), step('unbind', 'nvme'), write])
    const synchronous = generation === 'G2r' || generation === 'G2'
    const gone = report.events.findIndex((event) => event.kind === 'outcome' && event.index === 6)
    const unmapped = report.events.findIndex((event) => event.kind === 'unmap')
    expect(unmapped >= 0 && unmapped < gone).toBe(synchronous)
    expect(endings(report).at(-1)).toBe(synchronous ? 'error' : 'ok')
    expect(invariants(report)).toEqual(synchronous ? [] : ['INV-3', 'INV-1'])
  })
})

describe('GEN-20: a revoke waits as long as it takes', () => {
  /** As it was proposed: after a second it warns, and goes on. */
  const forOneSecond = protocolStep<VfioBuffer>('waitUnmapped', 'BUG-12', function* ({ mappings }) {
    for (let ms = 0; ms < 1000 && mappings.count > 0; ms++) yield* sleep(1000)
  })
  const bounded = REVOKE.map((one) => (one === waitUnmapped ? forOneSecond : one))
  const slow = [...lend(2000), step('reset', 'nvme'), write]

  test('GEN-20: for two seconds, if an importer has slow firmware', () => {
    const report = run('probe', 'G2', slow)
    const { started = 0, ended = 0 } = report.outcomes[4] ?? {}
    expect(ended - started).toBeGreaterThan(2_000_000)
    expect([endings(report).at(-1), invariants(report)]).toEqual(['error', []])
  })

  test('BUG-12, GEN-20, INV-1: with the limit that was rejected, the importer goes on using what is no longer its own', () => {
    const report = run('probe', 'G2', slow, { protocols: { revoke: bounded } })
    const { started = 0, ended = 0 } = report.outcomes[4] ?? {}
    expect(ended - started).toBeLessThan(1_200_000)
    expect(invariants(report)).toContain('INV-1')
  })
})
