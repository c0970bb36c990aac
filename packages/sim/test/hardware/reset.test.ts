import {
  type Op,
  PCI_BASE_ADDRESS_0,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_PM_CTRL,
  PCI_SRIOV_CTRL,
  readAcs,
  readAf,
  readPcie,
  readPowerManagement,
  readSriov,
  sleep,
  type TopologySpec,
} from '@barter/core'
import { describe, expect, test } from 'vitest'
import { eager, testKernel } from '../bench-kernel.ts'
import { type Machine, type Options, powerOn, textOf } from './machine.ts'
import { endpoint, oneSwitch } from './topologies.ts'

const DECODE = 0x6
const BRIDGE_CONTROL = 0x3e
const BUS_RESET = 0x40

const config = (machine: Machine, name: string) => machine.topology.get(machine.at(name)).config
const read = (machine: Machine, name: string, offset: number, width: 2 | 4 = 4): number =>
  machine.hardware.configRead(machine.at(name), offset, width)
const write = (machine: Machine, name: string, offset: number, value: number, width: 2 | 4 = 2): void => {
  machine.hardware.configWrite(machine.at(name), offset, width, value)
}

/** As a driver begins it. */
function flr(machine: Machine, name: string): void {
  const at = (readPcie(config(machine, name))?.offset ?? 0) + PCI_EXP_DEVCTL
  write(machine, name, at, read(machine, name, at, 2) + PCI_EXP_DEVCTL_BCR_FLR)
}

/** Run `body` as the only driver thread; time is the scheduler's. */
function during(spec: TopologySpec, body: (machine: Machine) => Op<void>, options: Options = {}): Machine {
  const table = testKernel({ strategy: eager() })
  const machine = powerOn(spec, { ...options, kernel: table.kernel })
  table.user('driver', () => body(machine))
  table.run()
  expect(table.violations).toEqual([])
  return machine
}

const darkness = (machine: Machine): string[] =>
  machine.facts.flatMap((fact) => (fact.kind === 'dark' || fact.kind === 'light' ? [`${fact.kind}: ${fact.why}`] : []))

describe('function level reset', () => {
  test('HAZ-1: for its dark time the function reads as ones and takes nothing', () => {
    let checked = 0
    during(
      oneSwitch(),
      function* (machine) {
        const bar = machine.bus('nvme')
        flr(machine, 'nvme')
        expect(read(machine, 'nvme', 0)).toBe(0xffff_ffff)
        expect(machine.landing('nic', bar)).toMatchObject({ kind: 'silent', device: machine.at('nvme'), bar: 0 })
        yield* sleep(900)
        expect(read(machine, 'nvme', 0, 2)).toBe(0xffff)
        write(machine, 'nvme', PCI_COMMAND, DECODE)
        yield* sleep(200)
        expect(read(machine, 'nvme', 0, 2)).toBe(config(machine, 'nvme').read16(0))
        // The write in the dark is lost, and so are the addresses.
        expect(read(machine, 'nvme', PCI_COMMAND, 2)).toBe(0)
        expect(machine.landing('nic', bar).kind).toBe('unsupported-request')
        checked++
      },
      { timing: { functionReset: 1000 } },
    )
    expect(checked).toBe(1)
  })

  test('TRG-21: BARs, command, ACS control and power state are back at their defaults', () => {
    const spec = oneSwitch()
    const machine = powerOn({
      ...spec,
      hostBridges: [{ devices: [{ rootPort: 'root', below: [endpoint('nvme', { acs: ['RR'] })] }] }],
    })
    const acs = readAcs(config(machine, 'nvme'))
    const control = acs.kind === 'present' ? acs.offset + 6 : 0
    expect(read(machine, 'nvme', control, 2)).toBe(4)
    // A kernel without threads lets the dark time pass at once.
    flr(machine, 'nvme')
    expect(read(machine, 'nvme', control, 2)).toBe(0)
    expect(read(machine, 'nvme', PCI_COMMAND, 2)).toBe(0)
    // The kind of the BAR is hardwired.
    expect(read(machine, 'nvme', PCI_BASE_ADDRESS_0)).toBe(0x4)
    expect(read(machine, 'nvme', PCI_BASE_ADDRESS_0 + 12)).toBe(0)
  })

  test('HAZ-4: the default dark time is 60 ms', () => {
    const machine = during(oneSwitch(), function* (machine) {
      flr(machine, 'nvme')
      yield* sleep(59_900)
      expect(read(machine, 'nvme', 0, 2)).toBe(0xffff)
      yield* sleep(200)
      expect(read(machine, 'nvme', 0, 2)).not.toBe(0xffff)
    })
    expect(darkness(machine)).toEqual(['dark: function level reset', 'dark: memory decoding is off'])
  })

  test('TRG-21: the timeline tells decode off, reset, and light again when all is restored', () => {
    const machine = during(oneSwitch(), function* (machine) {
      const bars = [0, 4, 8, 12].map((at) => read(machine, 'nvme', PCI_BASE_ADDRESS_0 + at))
      write(machine, 'nvme', PCI_COMMAND, 0)
      flr(machine, 'nvme')
      yield* sleep(100_000)
      for (const [i, value] of bars.entries()) write(machine, 'nvme', PCI_BASE_ADDRESS_0 + 4 * i, value, 4)
      write(machine, 'nvme', PCI_COMMAND, DECODE)
      expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
    })
    expect(darkness(machine)).toEqual([
      'dark: memory decoding is off',
      'dark: function level reset',
      'dark: memory decoding is off',
      'light: it was dark because memory decoding is off',
    ])
  })

  test('HAZ-1: decoding on without addresses is still dark', () => {
    const machine = powerOn(oneSwitch())
    flr(machine, 'nvme')
    write(machine, 'nvme', PCI_COMMAND, DECODE)
    expect(machine.hardware.whyDark(machine.at('nvme'))).toBe('BAR 0 holds no address')
  })

  test('HAZ-1: what the BAR holds outlives the reset', () => {
    const machine = powerOn(oneSwitch())
    machine.write('nic', machine.bus('nvme', 0, 0x100), 'kept')
    flr(machine, 'nvme')
    expect(textOf(machine.hardware.bar(machine.at('nvme'), 0).read(0x100, 4))).toBe('kept')
  })

  test('HAZ-1: a write in the dark is lost, a read gives ones', () => {
    during(oneSwitch(), function* (machine) {
      const { nvme, nic } = { nvme: machine.at('nvme'), nic: machine.device('nic') }
      flr(machine, 'nvme')
      const at = machine.phys('nvme') as Parameters<Machine['hardware']['cpu']>[1]
      const written = yield* machine.hardware.dma({ from: nic, access: 'write', at, length: 4, data: Uint8Array.of(7) })
      expect(written.arrived).toBe(false)
      expect([...machine.hardware.bar(nvme, 0).read(0, 4)]).toEqual([0, 0, 0, 0])
      const load = yield* machine.hardware.cpu('read', at, 4)
      expect(load.route.landing.kind).toBe('silent')
      expect([...(load.data ?? [])]).toEqual([255, 255, 255, 255])
    })
  })

  test('HAZ-4: a second reset in the dark starts the dark time anew', () => {
    during(
      oneSwitch(),
      function* (machine) {
        write(machine, 'nvmePort', BRIDGE_CONTROL, BUS_RESET)
        write(machine, 'nvmePort', BRIDGE_CONTROL, 0)
        yield* sleep(600)
        write(machine, 'nvmePort', BRIDGE_CONTROL, BUS_RESET)
        write(machine, 'nvmePort', BRIDGE_CONTROL, 0)
        yield* sleep(600)
        expect(read(machine, 'nvme', 0, 2)).toBe(0xffff)
        yield* sleep(600)
        expect(read(machine, 'nvme', 0, 2)).not.toBe(0xffff)
      },
      { timing: { secondaryBusReset: 1000 } },
    )
  })

  test('HAZ-1: a function in reset sends nothing', () => {
    during(oneSwitch(), function* (machine) {
      flr(machine, 'nic')
      expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('not-sent')
      yield* sleep(1)
    })
  })

  test('HAZ-4: conventional functions reset by the AF capability', () => {
    const card = endpoint('card', { pcie: false, flr: true })
    during({ hostBridges: [{ devices: [card] }] }, function* (machine) {
      write(machine, 'card', (readAf(config(machine, 'card'))?.offset ?? 0) + 4, 1)
      expect(read(machine, 'card', 0, 2)).toBe(0xffff)
      yield* sleep(60_100)
      expect(read(machine, 'card', 0, 2)).not.toBe(0xffff)
    })
  })

  test('HAZ-4: a function that does not offer it ignores the bit', () => {
    const card = endpoint('card', { flr: false })
    const machine = powerOn({ hostBridges: [{ devices: [{ rootPort: 'root', below: [card] }] }] })
    const at = (readPcie(config(machine, 'card'))?.offset ?? 0) + PCI_EXP_DEVCTL
    write(machine, 'card', at, PCI_EXP_DEVCTL_BCR_FLR)
    expect(read(machine, 'card', at, 2)).toBe(0)
    expect(machine.hardware.whyDark(machine.at('card'))).toBeUndefined()
  })
})

describe('secondary bus reset', () => {
  test('HAZ-1: everything below is dark while it is held, and for 100 ms more', () => {
    during(oneSwitch(), function* (machine) {
      const bar = machine.bus('nvme')
      write(machine, 'root', BRIDGE_CONTROL, BUS_RESET)
      yield* sleep(500_000)
      for (const name of ['up', 'nicPort', 'nvmePort', 'nic', 'nvme']) expect(read(machine, name, 0, 2)).toBe(0xffff)
      expect(read(machine, 'root', 0, 2)).not.toBe(0xffff)
      // Requests of the CPU still find the way to where the BAR was.
      const load = yield* machine.hardware.cpu('read', bar as Parameters<Machine['hardware']['cpu']>[1], 4)
      expect(load.route.landing).toMatchObject({ kind: 'silent', device: machine.at('nvme') })
      write(machine, 'root', BRIDGE_CONTROL, 0)
      yield* sleep(99_900)
      expect(read(machine, 'nvme', 0, 2)).toBe(0xffff)
      yield* sleep(200)
      expect(read(machine, 'nvme', 0, 2)).not.toBe(0xffff)
      // The ports below forgot their windows and bus numbers.
      expect(read(machine, 'nvmePort', 0x18)).toBe(0)
    })
  })
})

describe('power states', () => {
  const pm = (machine: Machine, name: string): number =>
    (readPowerManagement(config(machine, name))?.offset ?? 0) + PCI_PM_CTRL
  const withReset: TopologySpec = {
    hostBridges: [
      {
        routesPeers: true,
        devices: [{ rootPort: 'root', below: [endpoint('nvme', { pmReset: true })] }, endpoint('nic')],
      },
    ],
  }

  test('HAZ-1: in D3hot configuration answers and BARs do not', () => {
    const machine = powerOn(oneSwitch())
    write(machine, 'nvme', pm(machine, 'nvme'), 3)
    expect(read(machine, 'nvme', 0, 2)).toBe(config(machine, 'nvme').read16(0))
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write')
    expect(route.landing.kind).toBe('unsupported-request')
    expect(route.why).toContain('it is in D3hot')
    expect(machine.landing('nvme', machine.bus('nic')).kind).toBe('not-sent')
    write(machine, 'nvme', pm(machine, 'nvme'), 0)
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
    expect(darkness(machine)).toEqual(['dark: it is in D3hot', 'light: it was dark because it is in D3hot'])
  })

  test('TRG-21: without no-soft-reset the way back to D0 is a reset', () => {
    const machine = powerOn(withReset)
    write(machine, 'nvme', pm(machine, 'nvme'), 3)
    write(machine, 'nvme', pm(machine, 'nvme'), 0)
    expect(read(machine, 'nvme', PCI_COMMAND, 2)).toBe(0)
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('unsupported-request')
    expect(darkness(machine)).toEqual(['dark: it is in D3hot', 'dark: memory decoding is off'])
  })

  test('HAZ-4: which may take time', () => {
    during(
      withReset,
      function* (machine) {
        write(machine, 'nvme', pm(machine, 'nvme'), 3)
        write(machine, 'nvme', pm(machine, 'nvme'), 0)
        expect(read(machine, 'nvme', 0, 2)).toBe(0xffff)
        yield* sleep(10_100)
        expect(read(machine, 'nvme', 0, 2)).not.toBe(0xffff)
      },
      { timing: { powerUp: 10_000 } },
    )
  })
})

describe('virtual functions', () => {
  const spec: TopologySpec = {
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'root',
            below: [endpoint('pf', { vfs: { count: 2, bars: [{ index: 0, length: '16 KiB' }] } })],
          },
        ],
      },
    ],
  }
  const sriov = (machine: Machine): number => readSriov(config(machine, 'pf'))?.offset ?? 0

  test('P2P-2: each decodes its slice of what the physical function holds', () => {
    const machine = powerOn(spec)
    const first = machine.landing('pf', machine.bus('pf-vf0', 0, 0x3fff))
    expect(first).toEqual({ kind: 'bar', device: machine.at('pf-vf0'), bar: 0, offset: 0x3fff })
    const second = machine.landing('pf', machine.bus('pf-vf0', 0, 0x4000))
    expect(second).toEqual({ kind: 'bar', device: machine.at('pf-vf1'), bar: 0, offset: 0 })
  })

  test('P2P-2: their memory decoding is switched in the physical function', () => {
    const machine = powerOn(spec)
    write(machine, 'pf', sriov(machine) + PCI_SRIOV_CTRL, 1)
    expect(machine.landing('pf', machine.bus('pf-vf0')).kind).toBe('unsupported-request')
    expect(machine.hardware.whyDark(machine.at('pf-vf0'))).toBe('memory decoding is off')
    expect(machine.hardware.whyDark(machine.at('pf'))).toBeUndefined()
  })

  test('HAZ-4: a reset of one leaves the others alone', () => {
    during(spec, function* (machine) {
      flr(machine, 'pf-vf0')
      expect(machine.landing('pf', machine.bus('pf-vf0')).kind).toBe('silent')
      expect(machine.landing('pf', machine.bus('pf-vf1')).kind).toBe('bar')
      yield* sleep(100_000)
      // Its addresses are registers of the physical function, and no reset of its own took them.
      expect(machine.landing('pf', machine.bus('pf-vf0')).kind).toBe('bar')
    })
  })

  test('HAZ-4: a reset of the physical function takes them away', () => {
    during(spec, function* (machine) {
      flr(machine, 'pf')
      expect(read(machine, 'pf-vf1', 0, 2)).toBe(0xffff)
      yield* sleep(100_000)
      expect(read(machine, 'pf', 0, 2)).not.toBe(0xffff)
      expect(machine.hardware.whyDark(machine.at('pf-vf1'))).toBe('virtual functions are switched off')
    })
  })
})
