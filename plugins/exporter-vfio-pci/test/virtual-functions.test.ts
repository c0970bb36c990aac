import { type EndpointSpec, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_MSE, readSriov, type Step, withoutBits } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, NVME, refusal } from './house.ts'
import { attached } from './probe.ts'
import { step, tell } from './scenario.ts'

const WITH_VFS: EndpointSpec = { ...NVME, vfs: { count: 2, bars: [{ index: 0, length: '16 KiB' }] } }

/** The first virtual function, open, with a buffer that the nic has mapped. */
function mapped() {
  const machine = house({ exporter: WITH_VFS })
  machine.bind('nvme-vf0')
  const file = machine.open('nvme-vf0')
  const buffer = file.export({ bar: 0 })
  const probe = attached(machine, 'nic', buffer)
  probe.map()
  const isLive = () => refusal(() => attached(machine, 'far', buffer)) === 'ok'
  return { machine, file, buffer, probe, isLive }
}

const REVOKED = ['mapped', 'invalidate-mapped', 'unmapped']
const AND_BACK = [...REVOKED, 'invalidate-unmapped']

describe('a virtual function', () => {
  test('VFIO-20: its command register reads memory enabled, and its ids are those that the kernel knows', () => {
    const { machine, file } = mapped()
    expect(file.control('info')).toEqual({ resetSupported: true, command: 0x2 })
    const { vendor, device } = machine.device('nvme-vf0').fn
    expect(file.control('configRead', { offset: 0, width: 4 })).toEqual({ value: device * 0x1_0000 + vendor })
    expect(file.control('configRead', { offset: 0x3d, width: 1 })).toEqual({ value: 0 })
  })

  test('TRG-1: clearing its memory bit revokes, and brings back at once', () => {
    const { file, probe, isLive } = mapped()
    file.command(0)
    expect([probe.events, isLive()]).toEqual([AND_BACK, true])
  })

  test.each<[string, (at: ReturnType<typeof mapped>) => void]>([
    ['TRG-7: a function level reset', ({ file }) => file.control('configWrite', { register: 'devctl', value: 0x8000 })],
    ['TRG-9: a device reset', ({ file }) => file.control('reset')],
  ])('%s of it revokes and brings back', (_name, act) => {
    const at = mapped()
    act(at)
    expect([at.probe.events, at.isLive()]).toEqual([AND_BACK, true])
    expect(at.machine.violations()).toEqual([])
  })

  test('VFIO-21: only D3hot disables it', () => {
    const { file, probe, isLive } = mapped()
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect([probe.events, isLive()]).toEqual([REVOKED, false])
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    expect([probe.events, isLive()]).toEqual([AND_BACK, true])
  })

  test('TRG-10: it has no hot reset', () => {
    const { file } = mapped()
    expect(refusal(() => file.control('hotReset', { groups: ['nvme-vf0'] }))).toBe('ENODEV TRG-10')
  })

  test('TRG-18: its physical function takes the memory of all of them away, and nobody is told', () => {
    const { machine, probe, isLive } = mapped()
    const physical = machine.device('nvme')
    const at = (readSriov(physical.fn.config)?.offset ?? 0) + PCI_SRIOV_CTRL
    physical.config.write(at, 2, withoutBits(physical.config.read(at, 2), PCI_SRIOV_CTRL_MSE))
    expect([probe.events, isLive()]).toEqual([['mapped'], true])
    const { table } = probe.attachment
    machine.call(() => probe.writeOp(table ?? expect.fail()))
    expect(machine.violations().map(({ invariant, rule }) => [invariant, rule])).toEqual([['INV-14', 'HAZ-1']])
  })

  test('HAZ-15, TRG-18: a reset of its physical function does not revoke either', () => {
    const { machine, probe, isLive } = mapped()
    machine.open('nvme').control('reset')
    expect([probe.events, isLive()]).toEqual([['mapped'], true])
  })

  test('TRG-5: while it exists its physical function stays in D0', () => {
    const { machine } = mapped()
    const file = machine.open('nvme')
    const buffer = file.export({ bar: 2 })
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect(file.control('configRead', { register: 'pmcsr' })).toEqual({ value: 0x8 })
    // The refusal is not told, and everything is live again.
    expect(refusal(() => attached(machine, 'far', buffer))).toBe('ok')
  })
})

const guest = [step('open', 'nvme-vf0'), step('sleep', '25 s'), step('close', 'nvme-vf0')]

describe('virtual functions that go', () => {
  test.each<[string, Step, boolean]>([
    ['switching them off', step('virtualFunctions', 'nvme', { enable: false }), false],
    ['unbinding the physical function', step('unbind', 'nvme'), true],
  ])('TRG-15: %s waits for who has one open', (_name, act, bound) => {
    const drivers = { nvme: bound ? 'vfio-pci' : undefined, 'nvme-vf0': 'vfio-pci' }
    const admin = [step('sleep', '1 s'), act, step('boundDriver', 'nvme-vf0')]
    const told = tell({ guest, admin }, { exporter: WITH_VFS, drivers })
    expect([told.results('guest'), told.results('admin')]).toEqual([
      ['ok', 'ok', 'ok'],
      ['ok', 'ok', 'ok'],
    ])
    expect(told.ended(act.verb)).toBeGreaterThanOrEqual(25_000_000)
    expect(told.report.outcomes.at(-1)?.result).toEqual({ kind: 'ok', value: { present: false, driver: null } })
    expect(told.report.violations).toEqual([])
  })

  test('TRG-15: they are switched off under the lock of the physical function, so another who does waits, and finds none', () => {
    const drivers = { nvme: 'vfio-pci', 'nvme-vf0': 'vfio-pci' }
    const admin = [step('sleep', '1 s'), step('unbind', 'nvme')]
    const other = [step('sleep', '2 s'), step('virtualFunctions', 'nvme', { enable: false })]
    const told = tell({ guest, admin, other }, { exporter: WITH_VFS, drivers })
    expect([told.results('admin'), told.results('other')]).toEqual([
      ['ok', 'ok'],
      ['ok', 'ok'],
    ])
    expect(told.ended('virtualFunctions')).toBeGreaterThanOrEqual(25_000_000)
  })
})
