import { drive, GiB, type IommuUnit, MiB, physAddr, type TopologySpec } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { powerOn } from './machine.ts'
import { endpoint, oneSwitch, twoRootPorts } from './topologies.ts'

describe('requests between root ports', () => {
  test('HAZ-7: a root complex that carries peers sends them down again', () => {
    const machine = powerOn(twoRootPorts({ routesPeers: true }))
    expect(machine.hops('nic', machine.bus('nvme'))).toEqual([
      '0000:00:01.0 root port: up to the root complex',
      'host bridge 0000:00 CPU address 0x80100000 is in its window, sent down',
      '0000:00:02.0 in its window, sent down',
      '0000:02:00.0 BAR 0 holds the address',
    ])
  })

  test('HAZ-8: one that does not, refuses', () => {
    const machine = powerOn(twoRootPorts({ routesPeers: false }))
    expect(machine.landing('nic', machine.bus('nvme'))).toEqual({
      kind: 'unsupported-request',
      at: 'host bridge 0000:00',
    })
  })

  test.each([
    { id: '8086:29c0', cpu: { vendor: 'GenuineIntel', family: 6 }, routes: false },
    { id: '8086:2020', cpu: { vendor: 'GenuineIntel', family: 6 }, routes: true },
    { id: '1022:1450', cpu: { vendor: 'AuthenticAMD', family: 0x17 }, routes: true },
    { id: '1022:1450', cpu: { vendor: 'HygonGenuine', family: 0x18 }, routes: false },
  ])('HB-4: unless told, what vendors are known to do: $id with $cpu.vendor', ({ id, cpu, routes }) => {
    const machine = powerOn({ cpu, ...twoRootPorts({ id }) })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe(routes ? 'bar' : 'unsupported-request')
  })

  const twoBridges = (id: string): TopologySpec => ({
    hostBridges: [
      { id, devices: [{ rootPort: 'left', below: [endpoint('nic')] }] },
      { id, bus: 0x40, devices: [{ rootPort: 'right', below: [endpoint('nvme')] }] },
    ],
  })

  test('HB-4: from one host bridge to another', () => {
    const machine = powerOn(twoBridges('8086:2020'))
    expect(machine.hops('nic', machine.bus('nvme', 2))).toEqual([
      '0000:00:01.0 root port: up to the root complex',
      `host bridge 0000:40 CPU address 0x${machine.phys('nvme', 2).toString(16)} is in its window, sent down`,
      '0000:40:01.0 in its window, sent down',
      '0000:41:00.0 BAR 2 holds the address',
    ])
  })

  test('HB-4: a bridge that is listed for its own pairs only carries nothing to another', () => {
    const machine = powerOn(twoBridges('8086:2f00'))
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('unsupported-request')
  })
})

describe('address spaces', () => {
  /** As on a Raspberry Pi 4: bus f8000000 is CPU address 6_0000_0000. */
  const offset = { windows: [{ start: '0x600000000', length: '64 MiB', bus: '0xf8000000' }] }
  const inbound = [{ bus: '0x400000000', start: 0, length: '2 GiB' }]

  test('HAZ-9: a bus address is switched across, below the window with an offset', () => {
    const machine = powerOn(oneSwitch({}, {}, offset))
    expect(machine.phys('nvme') - machine.bus('nvme')).toBe(0x6_0000_0000 - 0xf800_0000)
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme', 0, 0x40), 'write')
    expect(route).toMatchObject({ landing: { kind: 'bar', offset: 0x40 }, viaHostBridge: false })
  })

  test('HAZ-9: a CPU address goes up, since no switch decodes it, and comes down as a bus address', () => {
    const machine = powerOn(oneSwitch({}, {}, offset))
    expect(machine.hops('nic', machine.phys('nvme'))).toEqual([
      '0000:02:00.0 downstream port: for no peer, sent upstream',
      '0000:01:00.0 upstream port: for nobody below, sent upstream',
      '0000:00:01.0 root port: up to the root complex',
      'host bridge 0000:00 CPU address 0x600100000 is in its window, sent down as bus address 0xf8100000',
      '0000:00:01.0 in its window, sent down',
      '0000:01:00.0 in its window, sent down',
      '0000:02:01.0 in its window, sent down',
      '0000:04:00.0 BAR 0 holds the address',
    ])
  })

  test('HAZ-9: the CPU reaches the BAR at its CPU address only', () => {
    const machine = powerOn(oneSwitch({}, {}, offset))
    const loads = [machine.phys('nvme'), machine.bus('nvme')].map((at) =>
      drive(machine.hardware.cpu('read', physAddr(at), 4)),
    )
    expect(loads.map((load) => load.route.landing.kind)).toEqual(['bar', 'unsupported-request'])
  })

  test('DMA-4: an inbound range turns what a device emits into a CPU address', () => {
    const machine = powerOn(oneSwitch({}, {}, { inbound }))
    expect(machine.landing('nic', 0x4_0000_1000)).toEqual({ kind: 'memory', address: 0x1000 })
    expect(machine.landing('nic', 0x1000)).toEqual({ kind: 'unsupported-request', at: 'host bridge 0000:00' })
  })

  test('HAZ-6: what the IOMMU translated is a CPU address, and no inbound range applies', () => {
    const nvme = powerOn(oneSwitch()).phys('nvme')
    const asked: unknown[] = []
    const iommu: IommuUnit = {
      translate: (requester, address, access, sent) => {
        asked.push([requester, address, access, sent])
        return { kind: 'mapped', address: physAddr(nvme), length: 0x1000, cached: false }
      },
    }
    const machine = powerOn(oneSwitch({ acs: ['RR'] }, {}, { inbound }), { iommu })
    expect(machine.hops('nic', 0xffff_1000)[3]).toBe('IOMMU 0xffff1000 -> 0x80100000 (IOTLB miss)')
    expect(machine.landing('nic', 0xffff_1000)).toMatchObject({ kind: 'bar', device: machine.at('nvme') })
    expect(machine.hardware.route(machine.at('nic'), 0xffff_1000, 'write').length).toBe(0x1000)
    machine.write('nic', 0xffff_1000, 'x')
    expect(asked.at(0)).toEqual([machine.at('nic'), 0xffff_1000, 'write', false])
    expect(asked.at(-1)).toEqual([machine.at('nic'), 0xffff_1000, 'write', true])
  })

  test('HAZ-5: what a switch takes across never meets the IOMMU', () => {
    const iommu: IommuUnit = { translate: () => ({ kind: 'fault', why: 'nothing is mapped' }) }
    const machine = powerOn(oneSwitch(), { iommu })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
    expect(machine.landing('nic', 0x1000).kind).toBe('iommu-fault')
  })
})

describe('what the root complex decodes', () => {
  test('P2P-15: RAM ends where the machine has none', () => {
    const machine = powerOn({ ...oneSwitch(), memory: 2 * GiB })
    const end = 2 * GiB
    expect(machine.landing('nic', end - 4)).toEqual({ kind: 'memory', address: end - 4 })
    expect(machine.hardware.route(machine.at('nic'), end - 4, 'read').length).toBe(4)
  })

  test('P2P-15: writes to the interrupt window of x86 are no memory accesses', () => {
    const machine = powerOn(oneSwitch())
    const route = machine.hardware.route(machine.at('nic'), 0xfee0_0000, 'write')
    expect(route.landing.kind).toBe('unsupported-request')
    expect(route.why).toBe('an interrupt message, no access to memory')
    expect(machine.hardware.route(machine.at('nic'), 0xfedf_fffc, 'write').length).toBe(4)
  })

  test('P2P-15: a host bridge whose windows are not known has every BAR below it in them', () => {
    const machine = powerOn(twoRootPorts({ routesPeers: true }), {
      change: (topology) =>
        topology.with({ hostBridges: topology.hostBridges.map((bridge) => ({ ...bridge, windows: [] })) }),
    })
    expect(machine.landing('nic', machine.phys('nvme')).kind).toBe('bar')
    expect(machine.landing('nic', 0xe000_0000)).toEqual({ kind: 'unsupported-request', at: 'host bridge 0000:00' })
  })

  test('P2P-24: integrated endpoints meet in the root complex, and reach themselves without it', () => {
    const machine = powerOn({
      hostBridges: [{ routesPeers: true, devices: [endpoint('igpu'), endpoint('npu')] }],
    })
    const route = machine.hardware.route(machine.at('igpu'), machine.bus('npu', 0, MiB / 64), 'write')
    expect(route).toMatchObject({ landing: { kind: 'bar', device: machine.at('npu') }, viaHostBridge: true })
    const own = machine.hardware.route(machine.at('igpu'), machine.bus('igpu'), 'write')
    expect(own).toMatchObject({ landing: { kind: 'bar', device: machine.at('igpu') }, viaHostBridge: false })
  })
})
