import {
  type Bdf,
  busAddr,
  PCI_COMMAND,
  physAddr,
  type Topology,
  type TopologySpec,
  writeBarRegister,
} from '@barter/core'
import { describe, expect, test } from 'vitest'
import { type Machine, powerOn } from './machine.ts'
import { endpoint, oneSwitch } from './topologies.ts'

const MEMORY_ON = 0x2
const MASTER_ON = 0x4

const command = (machine: Machine, name: string, value: number): void => {
  machine.hardware.configWrite(machine.at(name), PCI_COMMAND, 2, value)
}

describe('who may send and forward', () => {
  test('P2P-14: without bus mastering nothing is sent', () => {
    const machine = powerOn(oneSwitch())
    command(machine, 'nic', MEMORY_ON)
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write')
    expect(route.landing).toEqual({ kind: 'not-sent' })
    expect(route.why).toBe('bus mastering is off')
    expect(machine.oracle.violations).toEqual([])
  })

  test('P2P-14: a bridge without bus mastering forwards nothing upstream', () => {
    const machine = powerOn(oneSwitch())
    command(machine, 'nicPort', MEMORY_ON)
    expect(machine.landing('nic', machine.bus('nvme'))).toEqual({
      kind: 'unsupported-request',
      at: machine.at('nicPort'),
    })
  })

  test('P2P-14: a port without memory decoding forwards nothing downstream', () => {
    const machine = powerOn(oneSwitch())
    command(machine, 'nvmePort', MASTER_ON)
    // No port claims it, and the address is in the upstream port's own window.
    expect(machine.landing('nic', machine.bus('nvme'))).toEqual({ kind: 'unsupported-request', at: machine.at('up') })
  })

  test('HAZ-1: a function with decoding off is named as the one that should have answered', () => {
    const machine = powerOn(oneSwitch())
    command(machine, 'nvme', MASTER_ON)
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write')
    expect(route.landing).toEqual({ kind: 'unsupported-request', at: machine.at('nvmePort') })
    expect(route.why).toBe('0000:04:00.0, whose BAR holds the address, does not answer: memory decoding is off')
  })

  test('P2P-14: an address of nobody below the switch ends in the root complex', () => {
    const machine = powerOn(oneSwitch())
    expect(machine.landing('nic', 0x2_0000_0000_000)).toEqual({
      kind: 'unsupported-request',
      at: 'host bridge 0000:00',
    })
  })
})

describe('shared wires', () => {
  const legacy: TopologySpec = {
    hostBridges: [
      {
        routesPeers: true,
        devices: [
          {
            rootPort: 'root',
            acs: ['SV', 'RR', 'UF'],
            below: [{ pciBridge: 'bridge', below: [endpoint('card'), endpoint('other')] }],
          },
          { rootPort: 'second', below: [endpoint('nvme')] },
        ],
      },
    ],
  }

  test('ACS-13: on a conventional bus whoever decodes takes it, ACS or not', () => {
    const machine = powerOn(legacy)
    expect(machine.hops('card', machine.bus('other'))).toEqual([
      '0000:02:00.0 endpoint: 0000:02:01.0 decodes it on the shared bus',
      '0000:02:01.0 BAR 0 holds the address',
    ])
  })

  test('ACS-13: the rest goes up through the bridge', () => {
    const machine = powerOn(legacy)
    expect(machine.hops('card', machine.bus('nvme')).slice(0, 2)).toEqual([
      '0000:01:00.0 PCI bridge: for nobody below, sent upstream',
      '0000:00:01.0 root port: up to the root complex',
    ])
    expect(machine.landing('card', machine.bus('nvme')).kind).toBe('bar')
    expect(machine.landing('nvme', machine.bus('card')).kind).toBe('bar')
  })

  test('ACS-13: nobody takes a hole in the window of the bridge', () => {
    const machine = powerOn(legacy)
    const hole = machine.bus('other', 0, 0x8_0000)
    expect(machine.landing('card', hole)).toEqual({ kind: 'unsupported-request', at: machine.at('bridge') })
    expect(machine.landing('nvme', hole)).toEqual({ kind: 'unsupported-request', at: machine.at('bridge') })
  })
})

describe('inside a switch', () => {
  /** A management endpoint beside the upstream port, on the link to the switch. */
  const managed: TopologySpec = {
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'root',
            below: [
              {
                switch: 'up',
                functions: [endpoint('manager')],
                ports: [{ port: 'port', below: [endpoint('nic')] }],
              },
            ],
          },
        ],
      },
    ],
  }

  test('ACS-5: a function beside the upstream port is reached inside the device, both ways', () => {
    const machine = powerOn(managed)
    for (const [from, to] of [
      ['nic', 'manager'],
      ['manager', 'nic'],
    ] as const) {
      const route = machine.hardware.route(machine.at(from), machine.bus(to), 'write')
      expect(route).toMatchObject({ landing: { kind: 'bar', device: machine.at(to) }, viaHostBridge: false })
    }
  })

  /** The same endpoint on the bus of the downstream ports. */
  const within = (topology: Machine['topology'], at: (name: string) => Bdf): Machine['topology'] =>
    topology.mapFunctions((fn) =>
      fn.bdf === at('manager') ? { ...fn, bdf: '0000:02:1f.0' as Bdf, parent: at('up') } : fn,
    )

  test('ACS-3: an endpoint on the bus inside the switch is a peer of the ports', () => {
    const machine = powerOn(managed, { change: within })
    const manager = '0000:02:1f.0' as Bdf
    // Its BAR is not in the window of the upstream port, so it shows only from below.
    expect(machine.hops('nic', machine.topology.get(manager).bars[0]?.bus ?? 0)).toEqual([
      '0000:02:00.0 downstream port: no ACS redirect, straight to 0000:02:1f.0',
      '0000:02:1f.0 BAR 0 holds the address',
    ])
    expect(machine.hardware.route(manager, machine.bus('nic'), 'write').hops[0]?.why).toBe(
      'endpoint: no ACS redirect, straight to 0000:02:00.0',
    )
  })
})

describe('ports that have BARs, and send', () => {
  /** Registers of its own in a port, as some switches have. */
  const withBar = (name: string, bus: number) => (topology: Topology, at: (name: string) => Bdf) =>
    topology.mapFunctions((fn) => {
      if (fn.bdf !== at(name)) return fn
      const bar = { index: 0, kind: 'mem32', start: physAddr(bus), bus: busAddr(bus), length: 0x1000 } as const
      const config = fn.config.copy()
      writeBarRegister(config, bar)
      return { ...fn, config, bars: [bar] }
    })
  const REGISTERS = 0x9000_0000

  test('P2P-24: what comes from below for the BAR of the port itself stays there', () => {
    for (const name of ['nicPort', 'root']) {
      const machine = powerOn(oneSwitch(), { change: withBar(name, REGISTERS) })
      const route = machine.hardware.route(machine.at('nic'), REGISTERS, 'write')
      expect(route).toMatchObject({ landing: { kind: 'bar', device: machine.at(name) }, viaHostBridge: false })
    }
  })

  test('P2P-24: unless the port redirects', () => {
    const machine = powerOn(oneSwitch({ acs: ['RR'] }), { change: withBar('nicPort', REGISTERS) })
    const route = machine.hardware.route(machine.at('nic'), REGISTERS, 'write')
    expect(route.viaHostBridge).toBe(true)
  })

  test('P2P-24: a port that sends reaches what is below it', () => {
    const machine = powerOn(oneSwitch())
    expect(machine.hops('nvmePort', machine.bus('nvme'))).toEqual([
      '0000:02:01.0 downstream port: its own window, no ACS redirect, straight to 0000:02:01.0',
      '0000:02:01.0 in its window, sent down',
      '0000:04:00.0 BAR 0 holds the address',
    ])
  })
})
