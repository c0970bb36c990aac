/**
 * The old `dma_map_resource()` and the provider path under an IOMMU, each address put on the wire (DMA-12). Those
 * without an IOMMU are with platform-bus-offset.
 */
import {
  type Access,
  type AcsBit,
  type Bdf,
  buildTopology,
  compose,
  drive,
  initP2p,
  mapType,
  p2pProvider,
  busAddressOf,
  type PhysRange,
  sgtServices,
  type Topology,
} from '@barter/core'
import { acs } from '@barter/platform-acs'
import { busOffset, type BusOffsetOptions } from '@barter/platform-bus-offset'
import { iommu } from '@barter/platform-iommu'
import { sim, simulate } from '@barter/sim'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const PORT: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']
const LENGTH = 0x4000
/** CPU addresses from 80000000 on are 40000000 on the bus; RAM is where devices would not look for a BAR. */
const OFFSET: BusOffsetOptions = {
  hostBridge: '0000:00',
  windows: [{ start: '0x80000000', length: '256 MiB', bus: '0x40000000' }],
  inbound: [{ bus: '0x200000000000', start: 0, length: '2 GiB' }],
}

interface House {
  readonly redirect: boolean
  readonly reflects?: boolean
  readonly offset?: BusOffsetOptions
}

function powerOn({ redirect, reflects = true, offset }: House) {
  const { topology: built, names } = buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    memory: '1 GiB',
    hostBridges: [
      {
        id: '1022:1450',
        routesPeers: reflects,
        windows: [{ start: '0x80000000', length: '256 MiB' }],
        devices: [
          {
            rootPort: 'root',
            acsCapability: PORT,
            below: [
              {
                switch: 'switch',
                ports: ['disk', 'card'].map((endpoint) => ({
                  acsCapability: PORT,
                  below: [{ endpoint, bars: [{ index: 0, length: '1 MiB' as const }] }],
                })),
              },
            ],
          },
        ],
      },
    ],
  })
  const plugins = [
    sim(),
    acs(redirect ? 'redirect' : 'off'),
    ...(offset === undefined ? [] : [busOffset(offset)]),
    iommu({ mode: 'translated' }),
  ]
  const system = compose({ topology: built, plugins })
  const { topology } = system
  const { hardware, devices, run } = simulate(system, new Map(), { seed: 1 }, {})
  const at = (name: string): Bdf => names.get(name) ?? expect.fail(name)
  const disk = devices.get(at('disk'))
  const card = devices.get(at('card'))
  initP2p(disk)
  const provider = p2pProvider(disk, 0) ?? expect.fail()
  const bar = disk.fn.bars[0] ?? expect.fail()
  const range: PhysRange = { start: bar.start, length: LENGTH }
  return {
    topology,
    bar,
    /** What the old call handed out: whatever the DMA API gives, with no look at the tree. */
    old: () => drive(run.platform.dma.mapPhys(card, range, 'bidirectional')),
    mapType: () => mapType(sgtServices(run.scope), provider, card).mapType,
    direct: busAddressOf(provider, bar.start),
    way: (address: number, access: Access = 'write') => {
      const route = hardware.route(card.bdf, address, access)
      return { landing: route.landing, viaHostBridge: route.viaHostBridge }
    },
    there: { kind: 'bar', device: disk.bdf, bar: 0, offset: 0 },
  }
}

describe.each<[string, BusOffsetOptions | undefined]>([
  ['no bus offset', undefined],
  ['a bus offset', OFFSET],
])('DMA-12: under an IOMMU, with %s', (_, offset) => {
  const house = (more: Omit<House, 'offset'>): House => ({ ...more, ...(offset === undefined ? {} : { offset }) })

  test('DMA-15: redirect at all ports: an IOVA either way, and it arrives if the root complex reflects', () => {
    const machine = powerOn(house({ redirect: true }))
    expect(machine.mapType()).toBe('thru-host-bridge')
    expect(machine.way(machine.old())).toEqual({ landing: machine.there, viaHostBridge: true })
  })

  test('DMA-15: which the old call did not look at', () => {
    const machine = powerOn(house({ redirect: true, reflects: false }))
    expect(machine.way(machine.old()).landing.kind).toBe('unsupported-request')
  })

  test('DMA-16: no redirect: the old IOVA goes up and comes back down, the bus address straight across', () => {
    const machine = powerOn(house({ redirect: false }))
    expect(machine.mapType()).toBe('bus-addr')
    expect(machine.way(machine.old())).toEqual({ landing: machine.there, viaHostBridge: true })
    expect(machine.way(machine.direct)).toEqual({ landing: machine.there, viaHostBridge: false })
  })

  test('DMA-16: and it needs a root complex that reflects, where the bus address does not', () => {
    const machine = powerOn(house({ redirect: false, reflects: false }))
    expect(machine.way(machine.old()).landing.kind).toBe('unsupported-request')
    expect(machine.way(machine.direct)).toEqual({ landing: machine.there, viaHostBridge: false })
  })
})

describe('DMA-7: what an IOVA may be', () => {
  const decoded = (topology: Topology, address: number): boolean =>
    topology.hostBridges.some(({ windows }) =>
      windows.some(
        ({ start, length, busOffset: by }) => address + LENGTH > start + by && address < start + by + length,
      ),
    )

  test('DMA-7: never a bus address that a switch would take for a peer, wherever the windows are', () => {
    const offsets = fc.integer({ min: 1, max: 100 }).map((n): BusOffsetOptions => ({
      hostBridge: '0000:00',
      windows: [{ start: '0x80000000', length: '256 MiB', bus: n * 32 * 1024 * 1024 }],
      inbound: [{ bus: '0x200000000000', start: 0, length: '1 GiB' }],
    }))
    fc.assert(
      fc.property(offsets, (offset) => {
        const machine = powerOn({ redirect: false, offset })
        for (let i = 0; i < 4; i++) expect(decoded(machine.topology, machine.old())).toBe(false)
      }),
      { numRuns: 40 },
    )
  })
})
