import {
  type Actor,
  buildTopology,
  compose,
  type EndpointSpec,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_MSE,
  readSriov,
  type Report,
  type Step,
  type StepValue,
  withoutBits,
} from '@barter/core'
import { runScenario } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { vfioPci } from '../src/index.ts'
import { house, NVME, refusal } from './house.ts'
import { attached } from './probe.ts'

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
  test('VFIO-20: its command register reads memory enabled, and its ids are the kernel's', () => {
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

  test('TRG-18: a reset of its physical function does not revoke either', () => {
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

const { topology, names } = buildTopology({ hostBridges: [{ id: '8086:29c0', devices: [WITH_VFS] }] })
const step = (verb: string, target: string, args: Record<string, StepValue> = {}): Step => ({ verb, target, args })

function told(admin: readonly Step[], bound: readonly string[]): Report {
  const at = (name: string) => names.get(name) ?? expect.fail(name)
  const devices = Object.fromEntries(
    ['nvme', 'nvme-vf0'].map((name) => [
      name,
      { at: at(name), ...(bound.includes(name) ? { driver: 'vfio-pci' } : {}) },
    ]),
  )
  const actors: readonly Actor[] = [
    {
      name: 'guest',
      steps: [
        step('open', 'nvme-vf0'),
        step('armRequest', 'nvme-vf0'),
        step('sleep', '25 s'),
        step('close', 'nvme-vf0'),
      ],
    },
    { name: 'admin', steps: [step('sleep', '1 s'), ...admin] },
  ]
  const system = compose({ topology, plugins: [vfioPci()] })
  return runScenario(system, { title: 'virtual functions', devices, actors, expect: [] }, { seed: 1 })
}

describe('virtual functions that go', () => {
  test.each<[string, readonly Step[], readonly string[]]>([
    ['switching them off', [step('virtualFunctions', 'nvme', { enable: false })], ['nvme-vf0']],
    ['unbinding the physical function', [step('unbind', 'nvme')], ['nvme', 'nvme-vf0']],
  ])('TRG-15: %s waits for who has one open', (_name, steps, bound) => {
    const report = told([...steps, step('boundDriver', 'nvme-vf0')], bound)
    expect(report.outcomes.map(({ result }) => result.kind)).toEqual(Array.from({ length: 7 }, () => 'ok'))
    const [, waited, after] = report.outcomes.filter(({ actor }) => actor === 'admin')
    expect(waited?.ended).toBeGreaterThanOrEqual(25_000_000)
    expect(after?.result).toEqual({ kind: 'ok', value: { present: false, driver: null } })
    expect(report.violations).toEqual([])
  })
})
