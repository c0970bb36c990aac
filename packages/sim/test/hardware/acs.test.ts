import { type AcsSpec, PCI_ACS_EGRESS_CTL_V, PCI_SUBORDINATE_BUS, readAcs } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { type Machine, powerOn } from './machine.ts'
import { cascade, endpoint, oneSwitch } from './topologies.ts'

const withPort = (acs: AcsSpec): Machine => powerOn(oneSwitch({ acs }))

/** Name a port in the egress control vector of another. */
function nameInVector(machine: Machine, ingress: string, number: number): void {
  const acs = readAcs(machine.topology.get(machine.at(ingress)).config)
  if (acs.kind !== 'present') throw new Error(`${ingress} has no ACS`)
  machine.hardware.configWrite(machine.at(ingress), acs.offset + PCI_ACS_EGRESS_CTL_V, 4, 2 ** number)
}

describe('one bit at the port that the request comes in by', () => {
  test('ACS-3: without a redirect bit the switch sends the request straight across', () => {
    const machine = withPort('off')
    expect(machine.hops('nic', machine.bus('nvme'))).toEqual([
      '0000:02:00.0 downstream port: no ACS redirect, straight to 0000:02:01.0',
      '0000:02:01.0 in its window, sent down',
      '0000:04:00.0 BAR 0 holds the address',
    ])
  })

  test('ACS-3: RR sends it up, and the root complex sends it down again', () => {
    const machine = withPort(['RR'])
    expect(machine.hops('nic', machine.bus('nvme'))).toEqual([
      '0000:02:00.0 downstream port: ACS RR set, sent upstream',
      '0000:01:00.0 upstream port: redirected from below, sent upstream',
      '0000:00:01.0 root port: up to the root complex',
      'host bridge 0000:00 CPU address 0x80100000 is in its window, sent down',
      '0000:00:01.0 in its window, sent down',
      '0000:01:00.0 in its window, sent down',
      '0000:02:01.0 in its window, sent down',
      '0000:04:00.0 BAR 0 holds the address',
    ])
    expect(machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write').viaHostBridge).toBe(true)
  })

  test('ACS-3: RR at the port of the target alone changes nothing', () => {
    const machine = powerOn(oneSwitch({}, { acs: ['RR'] }))
    expect(machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write').viaHostBridge).toBe(false)
  })

  test('ACS-3: CR is about completions, requests go across', () => {
    const machine = withPort(['CR'])
    expect(machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'read').viaHostBridge).toBe(false)
  })

  test('ACS-3: SV lets pass who is in the bus range of the port', () => {
    const machine = withPort(['SV'])
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
  })

  test('ACS-3: SV stops who is not, once the port has other bus numbers', () => {
    const machine = withPort(['SV'])
    machine.hardware.configWrite(machine.at('nicPort'), PCI_SUBORDINATE_BUS, 1, 2)
    expect(machine.landing('nic', machine.bus('nvme'))).toEqual({ kind: 'acs-violation', at: machine.at('nicPort') })
  })

  test('ACS-3: TB stops requests that say they are translated, and only those', () => {
    const machine = withPort(['TB'])
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write', true)
    expect(route.landing).toEqual({ kind: 'acs-violation', at: machine.at('nicPort') })
    expect(route.why).toBe('ACS TB set, and the request says it is translated')
  })

  test('HAZ-17: a translated request goes straight across with DT, whatever RR says', () => {
    const machine = withPort(['RR', 'DT'])
    expect(machine.hops('nic', machine.bus('nvme'), true)[0]).toBe(
      '0000:02:00.0 downstream port: ACS DT set and the request is translated, straight to 0000:02:01.0',
    )
    expect(machine.hops('nic', machine.bus('nvme'))[0]).toBe('0000:02:00.0 downstream port: ACS RR set, sent upstream')
  })

  test('HAZ-17: a translated request is not translated again in the root complex', () => {
    const iommu = { translate: () => ({ kind: 'fault', why: 'nothing is mapped' }) as const }
    const machine = powerOn(oneSwitch({ acs: ['RR'] }), { iommu })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('iommu-fault')
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write', true)
    expect(route.landing.kind).toBe('bar')
    expect(route.viaHostBridge).toBe(true)
  })
})

describe('egress control', () => {
  // The ports have no number in their link capabilities, so they go by device number: nvmePort is 1.
  const NVME_PORT = 1

  test.each([
    { acs: ['EC'], named: false, way: 'straight across' },
    { acs: ['EC'], named: true, way: 'violation' },
    { acs: ['EC', 'RR'], named: false, way: 'straight across' },
    { acs: ['EC', 'RR'], named: true, way: 'up' },
  ] as const)('ACS-8: $acs, vector bit $named: $way', ({ acs, named, way }) => {
    const machine = withPort(acs)
    if (named) nameInVector(machine, 'nicPort', NVME_PORT)
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write')
    if (way === 'violation') {
      expect(route.landing).toEqual({ kind: 'acs-violation', at: machine.at('nicPort') })
      return
    }
    expect(route.landing.kind).toBe('bar')
    expect(route.viaHostBridge).toBe(way === 'up')
  })

  test('ACS-8: a vector that names another port leaves this one alone', () => {
    const machine = withPort(['EC'])
    nameInVector(machine, 'nicPort', NVME_PORT + 1)
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
  })
})

describe('a switch below a switch', () => {
  test('ACS-3: neighbours at the lower switch talk without the upper one', () => {
    const machine = powerOn(cascade())
    expect(machine.hops('near', machine.bus('far'))[0]).toBe(
      '0000:04:00.0 downstream port: no ACS redirect, straight to 0000:04:01.0',
    )
  })

  test('ACS-3: what leaves the lower switch goes across the upper one', () => {
    const machine = powerOn(cascade())
    expect(machine.hops('near', machine.bus('aside'))).toEqual([
      '0000:04:00.0 downstream port: for no peer, sent upstream',
      '0000:03:00.0 upstream port: for nobody below, sent upstream',
      '0000:02:00.0 downstream port: no ACS redirect, straight to 0000:02:01.0',
      '0000:02:01.0 in its window, sent down',
      '0000:07:00.0 BAR 0 holds the address',
    ])
  })

  test('ACS-3: redirected below, the upper port passes it on with UF', () => {
    const machine = powerOn(cascade({ near: ['RR'], joint: ['UF'] }))
    expect(machine.hops('near', machine.bus('far')).slice(0, 4)).toEqual([
      '0000:04:00.0 downstream port: ACS RR set, sent upstream',
      '0000:03:00.0 upstream port: redirected from below, sent upstream',
      '0000:02:00.0 downstream port: for its own window, ACS UF set, sent upstream',
      '0000:01:00.0 upstream port: redirected from below, sent upstream',
    ])
    expect(machine.landing('near', machine.bus('far')).kind).toBe('bar')
  })

  test('ACS-3: and refuses it without', () => {
    const machine = powerOn(cascade({ near: ['RR'] }))
    expect(machine.landing('near', machine.bus('far'))).toEqual({
      kind: 'unsupported-request',
      at: machine.at('joint'),
    })
  })

  test('ACS-3: the upper port redirects what is for its own peer', () => {
    const machine = powerOn(cascade({ joint: ['RR'] }))
    const route = machine.hardware.route(machine.at('near'), machine.bus('aside'), 'write')
    expect(route.viaHostBridge).toBe(true)
    expect(route.landing.kind).toBe('bar')
  })
})

describe('functions of one device', () => {
  const twin = (first: AcsSpec, second: AcsSpec, port: AcsSpec = 'off') =>
    powerOn({
      hostBridges: [
        {
          routesPeers: true,
          devices: [
            {
              rootPort: 'root',
              acs: port,
              below: [endpoint('one', { acs: first, functions: [endpoint('two', { acs: second })] })],
            },
          ],
        },
      ],
    })

  test('ACS-6: siblings talk inside the device', () => {
    const machine = twin('none', 'none', ['RR', 'SV'])
    expect(machine.hops('one', machine.bus('two'))).toEqual([
      '0000:01:00.0 endpoint: no ACS redirect, straight to 0000:01:00.1 inside the device',
      '0000:01:00.1 BAR 0 holds the address',
    ])
  })

  test.each([
    { first: ['RR'], second: 'off' },
    { first: 'off', second: ['RR'] },
  ] as const)(
    'ACS-6: a redirect at either ($first, $second) keeps them off the internal wires',
    ({ first, second }) => {
      const machine = twin(first, second)
      const route = machine.hardware.route(machine.at('one'), machine.bus('two'), 'write')
      expect(route.viaHostBridge).toBe(true)
      expect(route.landing.kind).toBe('bar')
    },
  )

  test('ACS-6: its own BAR is reached inside the function, unless it redirects itself', () => {
    expect(twin('off', 'off').hops('one', twin('off', 'off').bus('one'))[0]).toBe(
      '0000:01:00.0 endpoint: its own BAR, no ACS redirect, straight to 0000:01:00.0',
    )
    const redirecting = twin(['RR'], 'off')
    const route = redirecting.hardware.route(redirecting.at('one'), redirecting.bus('one'), 'write')
    expect(route.viaHostBridge).toBe(true)
  })

  test('ACS-8: egress control between functions counts in function numbers', () => {
    const machine = twin(['EC'], 'off')
    nameInVector(machine, 'one', 1)
    expect(machine.landing('one', machine.bus('two'))).toEqual({ kind: 'acs-violation', at: machine.at('one') })
  })
})
