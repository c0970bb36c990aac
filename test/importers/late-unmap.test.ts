/** An xe object that nobody uses: whoever revokes waits, and others behind it (BUG-36). */
import { describe, expect, test } from 'vitest'
import { faults, PATHS, run, step } from './machine.ts'

const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
const bound = [step('import', 'buf', { on: 'importer', as: 'held' }), step('vmBind', 'held')]
const off = step('configWrite', 'nvme', { register: 'command', value: 0x104 })
const told = step('wait', 'held', { until: 'invalidated' })

describe.each(PATHS)('over %s', (path) => {
  const house = { driver: 'xe', path }

  test.each([step('reset', 'nvme'), off, step('close', 'nvme')])(
    'DRM-12, BUG-36: $verb nvme waits for ever',
    (trigger) => {
      const report = run({ vmm: [...lend, ...bound, trigger] }, house)
      expect(report.outcomes.slice(-1).map(({ result }) => result)).toEqual([
        expect.objectContaining({ kind: 'blocked', why: expect.stringContaining('(unmap)') as unknown }),
      ])
      // It hangs, by the importer's fault, and nothing reaches what was taken back.
      expect(report.violations).toMatchObject([{ invariant: 'INV-9', rule: 'DMB-18', actor: { who: 'importer' } }])
    },
  )

  test('REV-7: who wants the device meanwhile waits behind it, for as long', () => {
    const report = run(
      {
        vmm: [...lend, ...bound, step('reset', 'nvme')],
        other: [told, step('pread', 'nvme', { region: 0 })],
      },
      house,
    )
    const blocked = report.outcomes.filter(({ result }) => result.kind === 'blocked')
    expect(blocked.map(({ actor }) => actor)).toEqual(['vmm', 'other'])
  })

  test.each([
    ['uses it', step('exec', 'held', { expect: ['ENODEV'] })],
    ['binds it again', step('vmBind', 'held', { expect: ['ENODEV'] })],
    ['closes it', step('close', 'held')],
  ])('DRM-12, DRM-13: once user space %s, the reset goes on', (_, act) => {
    const report = run(
      { vmm: [...lend, ...bound, step('reset', 'nvme')], user: [told, step('sleep', '1 s'), act] },
      house,
    )
    expect(faults(report)).toEqual([])
    const reset = report.outcomes.find(({ text }) => text === 'reset nvme')
    expect((reset?.ended ?? 0) - (reset?.started ?? 0)).toBeGreaterThan(1_000_000)
  })

  test('DRM-12, INV-23: an unbind waits with it, although the device was closed', () => {
    const report = run(
      { vmm: [...lend, ...bound, step('close', 'nvme')], admin: [told, step('unbind', 'nvme')] },
      house,
    )
    const blocked = report.outcomes.filter(({ result }) => result.kind === 'blocked')
    expect(blocked.map(({ text }) => text)).toEqual(['close nvme', 'unbind nvme'])
  })
})
