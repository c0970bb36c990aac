/**
 * What the old `dma_map_resource()` handed out for a peer's BAR, and what the provider path hands out, each put on the
 * wire of the simulated hardware. Without an IOMMU the old call gave the CPU address, whatever the machine (DMA-11).
 */
import { type PhysAddr, type PhysRange, type TopologySpec } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { busOffset, type HostBridgeOffset } from '../src/index.ts'
import { barOf, handedOut, house, type House, type Machine, powerOn } from './machine.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const
const LENGTH = 0x1000

/** CPU 80000000 is bus 40000000; devices see CPU addresses, RAM and windows alike, 32 TiB further up. */
const OFFSET: HostBridgeOffset = {
  hostBridge: '0000:00',
  windows: [{ start: '0x80000000', length: '256 MiB', bus: '0x40000000' }],
  inbound: [{ bus: '0x200000000000', start: 0, length: '4 GiB' }],
}
const UP = 0x2000_0000_0000

const pieceOf = (machine: Machine, offset = 0): PhysRange => {
  const bar = barOf(machine.topology, machine.at('disk'), 0)
  return { start: (bar.start + offset) as PhysAddr, length: LENGTH }
}
const old = (machine: Machine): number => pieceOf(machine).start
const inBar = (machine: Machine, offset = 0) => ({ kind: 'bar', device: machine.at('disk'), bar: 0, offset })

function provided(machine: Machine, importer = 'card') {
  const found = handedOut(machine, importer, 0, [pieceOf(machine)])
  return typeof found === 'object' ? { ...found, address: found.addresses[0] ?? -1 } : expect.fail(found)
}

describe('DMA-12: no IOMMU', () => {
  test('DMA-13: offset, no redirect: the CPU address reaches nobody, the bus address the BAR', () => {
    const machine = powerOn(house(), busOffset(OFFSET))
    expect(machine.landing('card', old(machine))).toMatchObject({ kind: 'unsupported-request' })
    const { mapType, kind, address } = provided(machine)
    expect([mapType, kind, address]).toEqual(['bus-addr', 'bus', old(machine) - 0x4000_0000])
    expect(machine.landing('card', address)).toEqual(inBar(machine))
  })

  test('DMA-13: or it hits something else', () => {
    // RAM lies where the devices would see the CPU addresses of the window.
    const inbound = [{ bus: '0x80000000', start: 0, length: '1 GiB' }]
    const machine = powerOn(house(), busOffset({ ...OFFSET, inbound }))
    expect(machine.landing('card', old(machine))).toEqual({ kind: 'memory', address: old(machine) - 0x8000_0000 })
    expect(machine.landing('card', provided(machine).address)).toEqual(inBar(machine))
  })

  test('DMA-14: no offset, no redirect: the same value either way', () => {
    const machine = powerOn(house())
    expect(provided(machine)).toMatchObject({ mapType: 'bus-addr', kind: 'bus', address: old(machine) })
    expect(machine.landing('card', old(machine))).toEqual(inBar(machine))
  })

  test('DMA-17: different root ports below an unlisted host bridge: the old call succeeds and nothing arrives', () => {
    const spec = house({ routesPeers: false })
    const unlisted: TopologySpec = {
      ...spec,
      cpu: { vendor: 'GenuineIntel', family: 6 },
      hostBridges: spec.hostBridges.map((bridge) => ({ ...bridge, id: '8086:1237' })),
    }
    const machine = powerOn(unlisted)
    expect(handedOut(machine, 'far', 0, [pieceOf(machine)])).toBe('EINVAL')
    expect(machine.landing('far', old(machine))).toMatchObject({ kind: 'unsupported-request' })
  })

  test('DMA-18: offset and redirect: the host bridge wants its own inbound view, which the old call left out', () => {
    const machine = powerOn(house({ acs: REDIRECT }), busOffset(OFFSET))
    expect(machine.landing('card', old(machine))).toMatchObject({ kind: 'unsupported-request' })
    const { mapType, kind, address } = provided(machine)
    expect([mapType, kind, address]).toEqual(['thru-host-bridge', 'phys', old(machine) + UP])
    expect(machine.landing('card', address)).toEqual(inBar(machine))
  })

  test('DMA-4: outside every inbound range there is no address; on a Raspberry Pi 4 no BAR has one', () => {
    const machine = powerOn(house({ acs: REDIRECT }), busOffset('rpi4'))
    expect(handedOut(machine, 'card', 0, [pieceOf(machine)])).toBe('ENOMEM')
    const direct = powerOn(house(), busOffset('rpi4'))
    expect(direct.landing('card', provided(direct).address)).toEqual(inBar(direct))
  })

  test('DMA-5: the mask is looked at on the way through the host bridge, not below a switch', () => {
    const narrow: House = { dmaMaskBits: 32 }
    const through = powerOn(house({ ...narrow, acs: REDIRECT }), busOffset(OFFSET))
    expect(handedOut(through, 'card', 0, [pieceOf(through)])).toBe('ENOMEM')
    const direct = powerOn(house(narrow), busOffset({ board: 'rpi5' }))
    const wide = barOf(direct.topology, direct.at('disk'), 2)
    expect(handedOut(direct, 'card', 2, [{ start: wide.start, length: LENGTH }])).toMatchObject({
      addresses: [wide.bus],
    })
    expect(wide.bus).toBeGreaterThan(2 ** 32)
  })
})

describe('SGT-3: several pieces', () => {
  test('SGT-3, DMA-19: each entry is its own CPU address plus the offset, in the order of the pieces', () => {
    const machine = powerOn(house(), busOffset(OFFSET))
    const offsets = [0x8000, 0, 0x2000]
    const table = handedOut(
      machine,
      'card',
      0,
      offsets.map((offset) => pieceOf(machine, offset)),
    )
    if (typeof table !== 'object') expect.fail(table)
    expect(table.addresses).toEqual(offsets.map((offset) => old(machine) - 0x4000_0000 + offset))
    expect(table.addresses.map((address) => machine.landing('card', address))).toEqual(
      offsets.map((offset) => inBar(machine, offset)),
    )
  })

  test('BUG-17: two BARs in two windows have two offsets', () => {
    const machine = powerOn(house(), busOffset('rpi5'))
    const disk = machine.at('disk')
    const moves = [0, 2].map((index) => {
      const bar = barOf(machine.topology, disk, index)
      const table = handedOut(machine, 'card', index, [{ start: bar.start, length: LENGTH }])
      if (typeof table !== 'object') expect.fail(table)
      const [address = -1] = table.addresses
      expect(machine.landing('card', address)).toEqual({ kind: 'bar', device: disk, bar: index, offset: 0 })
      return address - bar.start
    })
    expect(moves).toEqual([-0x1b_0000_0000, 0x4_0000_0000 - 0x18_0000_0000])
  })
})
