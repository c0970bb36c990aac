import {
  busAddressOf,
  type HostBridge,
  initP2p,
  MiB,
  p2pProvider,
  PCI_BASE_ADDRESS_0,
  readBarRegisters,
  readBridgeWindows,
  readSriov,
  type Topology,
} from '@barter/core'
import { describe, expect, test } from 'vitest'
import { type BusOffsetOptions, busOffset, withBusOffset } from '../src/index.ts'
import { barOf, house, mistake, powerOn } from './machine.ts'

/** Both windows of the machine, each with an offset of its own, and RAM out of the way on the bus. */
const BOTH = {
  hostBridge: '0000:00',
  windows: [
    { start: '0x80000000', length: '256 MiB', busOffset: '-0x70000000' },
    { start: '0x100000000000', length: '64 GiB', bus: '0x4000000000' },
  ],
  inbound: [{ bus: '0x100000000000', start: 0, length: '1 GiB' }],
} satisfies BusOffsetOptions
const LOW = -0x7000_0000
const HIGH = 0x40_0000_0000 - 0x1000_0000_0000

/** Every memory BAR with the register that holds it, CPU address first. */
function bars(topology: Topology) {
  return topology.functions.flatMap((fn) =>
    fn.bars
      .filter((bar) => bar.kind !== 'io')
      .map((bar) => {
        const register = readBarRegisters(fn.config).find((one) => one.index === bar.index)
        return { of: `${fn.bdf} BAR ${bar.index}`, cpu: bar.start, bus: bar.bus, register: register?.bus }
      }),
  )
}

const windows = (topology: Topology) =>
  topology.functions.flatMap((fn) =>
    readBridgeWindows(fn.config).map((window) => [fn.bdf, window.start, window.length, window.prefetchable] as const),
  )
const offsetAt = (cpu: number): number => (cpu >= 2 ** 40 ? HIGH : LOW)

describe('P2P-4: bus addresses move, CPU addresses stay', () => {
  const machine = powerOn(house(), busOffset(BOTH))

  test('P2P-4: each BAR has the offset of its window, and its register holds the bus address', () => {
    expect(bars(machine.topology)).toEqual(
      bars(machine.before).map(({ of, cpu, register }) => ({
        of,
        cpu,
        bus: cpu + offsetAt(cpu),
        register: register === undefined ? undefined : cpu + offsetAt(cpu),
      })),
    )
  })

  test('P2P-4: so do the windows of bridges', () => {
    const wide = (prefetchable: boolean): number => (prefetchable ? HIGH : LOW)
    expect(windows(machine.topology)).toEqual(
      windows(machine.before).map(([bdf, start, length, prefetchable]) => [
        bdf,
        start + wide(prefetchable),
        length,
        prefetchable,
      ]),
    )
    expect(windows(machine.topology).length).toBeGreaterThan(5)
  })

  test('P2P-4: virtual functions move with the register of their physical function', () => {
    const pf = machine.at('far')
    const [register] = readSriov(machine.topology.get(pf).config)?.bars ?? []
    const slices = ['far-vf0', 'far-vf1'].map((name) => barOf(machine.topology, machine.at(name), 0).bus)
    expect(slices).toEqual([register?.bus, (register?.bus ?? 0) + 16 * 1024])
    const [before] = readSriov(machine.before.get(pf).config)?.bars ?? []
    expect((register?.bus ?? 0) - (before?.bus ?? 0)).toBe(LOW)
  })

  test('P2P-4: a provider has the offset of its own BAR, not of its device', () => {
    const disk = machine.device('disk')
    initP2p(disk)
    expect([0, 2].map((index) => p2pProvider(disk, index)?.busOffset)).toEqual([LOW, HIGH])
    expect(p2pProvider(disk, 4)).toBe(null)
  })

  test('P2P-5: the offset is sampled once; a BAR that is written afterwards changes nothing', () => {
    const disk = machine.device('disk')
    initP2p(disk)
    disk.config.write(PCI_BASE_ADDRESS_0, 4, 0x9000_0000)
    initP2p(disk)
    expect(p2pProvider(disk, 0)?.busOffset).toBe(LOW)
  })

  test('HAZ-9: I/O ports, ids, capabilities and the given topology stay as they were', () => {
    const disk = machine.at('disk')
    expect(barOf(machine.topology, disk, 4)).toEqual(barOf(machine.before, disk, 4))
    const untouched = powerOn(house())
    expect(bars(machine.before)).toEqual(bars(untouched.topology))
    const [a, b] = [machine.topology, machine.before].map((topology) => topology.get(disk).config.bytes.slice(0x24))
    expect(a).toEqual(b)
  })

  test('HAZ-9: the host bridge has the new windows and inbound ranges', () => {
    const bridge: HostBridge = machine.topology.hostBridge('0000:00')
    expect(bridge.windows).toEqual([
      { start: 0x8000_0000, length: 256 * MiB, busOffset: LOW },
      { start: 0x1000_0000_0000, length: 65536 * MiB, busOffset: HIGH },
    ])
    expect(bridge.inbound).toEqual([{ bus: 0x1000_0000_0000, start: 0, length: 1024 * MiB }])
  })

  test('P2P-4: the CPU and a peer reach the same byte by two addresses', () => {
    const fresh = powerOn(house(), busOffset(BOTH))
    const disk = fresh.device('disk')
    initP2p(disk)
    for (const index of [0, 2]) {
      const bar = barOf(fresh.topology, fresh.at('disk'), index)
      const provider = p2pProvider(disk, index) ?? expect.fail()
      expect(busAddressOf(provider, bar.start)).toBe(bar.bus)
      const there = { kind: 'bar', device: disk.bdf, bar: index, offset: 0 }
      expect(fresh.landing('card', busAddressOf(provider, bar.start))).toEqual(there)
      expect(fresh.landing('card', bar.start)).not.toEqual(there)
    }
  })
})

describe('P2P-4: CPU addresses move, registers stay', () => {
  const machine = powerOn(
    house(),
    busOffset({
      ...BOTH,
      keep: 'bus',
      inbound: [],
      windows: [{ start: '0x200000000000', length: '256 MiB', bus: '0x80000000' }],
    }),
  )

  test('P2P-4: the configuration bytes are the same, the CPU sees the BARs elsewhere', () => {
    expect(machine.topology.functions.map((fn) => fn.config)).toEqual(machine.before.functions.map((fn) => fn.config))
    const cpu = (topology: Topology): readonly number[] => bars(topology).map((bar) => bar.cpu)
    const move = 0x2000_0000_0000 - 0x8000_0000
    expect(cpu(machine.topology)).toEqual(cpu(machine.before).map((at) => (at < 2 ** 40 ? at + move : at)))
  })

  test('HAZ-9: the window that nobody mentioned stays', () => {
    expect(machine.topology.hostBridge('0000:00').windows).toEqual([
      { start: 0x1000_0000_0000, length: 65536 * MiB, busOffset: 0 },
      { start: 0x2000_0000_0000, length: 256 * MiB, busOffset: 0x8000_0000 - 0x2000_0000_0000 },
    ])
  })
})

describe('HAZ-9: boards', () => {
  test.each([
    ['rpi4', 0x6_0000_0000, 0xf800_0000],
    ['rpi5', 0x1b_0000_0000, 0],
    ['rpi5-pcie0', 0x17_0000_0000, 0],
    ['rpi5-rp1', 0x1f_0000_0000, 0],
    ['power8', 0x3fe0_0000_0000, 0x8000_0000],
  ] as const)('HAZ-9: what is below %s lies in its windows', (board, cpu, bus) => {
    const machine = powerOn(house(), busOffset(board))
    const [first] = machine.topology.hostBridge('0000:00').windows.filter((one) => one.start === cpu)
    expect(first?.busOffset).toBe(bus - cpu)
    for (const { cpu: at, bus: on, of } of bars(machine.topology)) {
      const window = machine.topology
        .hostBridge('0000:00')
        .windows.find((one) => at >= one.start && at < one.start + one.length)
      expect([of, on - at]).toEqual([of, window?.busOffset])
    }
    const disk = machine.at('disk')
    for (const index of [0, 2]) {
      const bar = barOf(machine.topology, disk, index)
      expect(machine.landing('card', bar.bus)).toEqual({ kind: 'bar', device: disk, bar: index, offset: 0 })
    }
  })

  test('HAZ-9: several host bridges, as a list or by name', () => {
    const listed = powerOn(house(), busOffset([{ board: 'rpi4' }]))
    const named = powerOn(house(), busOffset({ bridges: [{ board: 'rpi4' }] }))
    expect(bars(named.topology)).toEqual(bars(listed.topology))
  })

  test('HAZ-9: a Raspberry Pi 5 has its prefetchable window at bus 4_0000_0000', () => {
    const machine = powerOn(house(), busOffset({ board: 'rpi5', hostBridge: '0000:00' }))
    const { start, bus } = barOf(machine.topology, machine.at('disk'), 2)
    expect(start - bus).toBe(0x18_0000_0000 - 0x4_0000_0000)
    expect(bus).toBeGreaterThanOrEqual(0x4_0000_0000)
  })
})

describe('mistakes', () => {
  const window = (spec: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    mistake(() =>
      powerOn(house(), busOffset({ hostBridge: '0000:00', windows: [spec], ...more } as unknown as BusOffsetOptions)),
    )
  const low = { start: '0x80000000', length: '256 MiB' }

  test.each<[string, () => ReturnType<typeof mistake>, string, RegExp]>([
    ['no such board', () => mistake(() => busOffset('rpi44' as 'rpi4')), 'BUS_OFFSET_BOARD', /rpi4/],
    [
      'no such host bridge',
      () => mistake(() => powerOn(house(), busOffset({ ...BOTH, hostBridge: '0000:80' }))),
      'BUS_OFFSET_BRIDGE',
      /0000:00/,
    ],
    [
      'a host bridge twice',
      () => mistake(() => powerOn(house(), busOffset([BOTH, { board: 'rpi4' }]))),
      'BUS_OFFSET_BRIDGE',
      /one entry/,
    ],
    ['neither bus nor busOffset', () => window(low), 'BUS_OFFSET_WINDOW', /busOffset/],
    [
      'neither windows nor board',
      () => mistake(() => powerOn(house(), busOffset({} as BusOffsetOptions))),
      'BUS_OFFSET_WINDOW',
      /start/,
    ],
    ['no length', () => window({ start: 0, bus: 0 }), 'BUS_OFFSET_WINDOW', /length/],
    ['both', () => window({ ...low, bus: 0, busOffset: 0 }), 'BUS_OFFSET_WINDOW', /busOffset/],
    ['an empty window', () => window({ start: 0, length: 0, bus: 0 }), 'BUS_OFFSET_WINDOW', /1 MiB/],
    ['half a MiB', () => window({ ...low, busOffset: '512 KiB' }), 'BUS_OFFSET_WINDOW', /1 MiB/],
    ['below 0', () => window({ ...low, busOffset: '-0x90000000' }), 'BUS_OFFSET_WINDOW', /1 MiB/],
    [
      'beyond 2^52',
      () => window({ start: '0x100000000000', length: '64 GiB', busOffset: '0xfff0000000000' }),
      'BUS_OFFSET_WINDOW',
      /1 MiB/,
    ],
    ['the bus address of RAM', () => window({ ...low, bus: '0x10000000' }), 'BUS_OFFSET_OVERLAP', /inbound/],
    [
      'a CPU address of RAM',
      () => window({ start: '0x10000000', length: '256 MiB', bus: '0x80000000' }, { keep: 'bus' }),
      'BUS_OFFSET_OVERLAP',
      /CPU address/,
    ],
    ['a 32-bit BAR above 4 GiB', () => window({ ...low, bus: '0x200000000000' }), 'BUS_OFFSET_RANGE', /another offset/],
    [
      'a BAR at bus address 0',
      () => window({ ...low, bus: 0 }, { inbound: BOTH.inbound }),
      'BUS_OFFSET_RANGE',
      /another offset/,
    ],
    [
      'a BAR off its alignment',
      () => window({ start: '0x100000000000', length: '64 GiB', busOffset: '1 MiB' }),
      'BUS_OFFSET_ALIGNMENT',
      /0x1000000/,
    ],
    [
      'a window that cuts what a bridge forwards',
      () => window({ start: '0x80000000', length: '1 MiB', bus: '0x40000000' }),
      'BUS_OFFSET_OUTSIDE',
      /one window/,
    ],
    [
      'more than a board has room for',
      () => {
        const spec = house()
        const devices = [{ endpoint: 'gpu', bars: [{ index: 0, length: '128 MiB', kind: 'mem32' as const }] }]
        const machine = { ...spec, hostBridges: spec.hostBridges.map((bridge) => ({ ...bridge, devices })) }
        return mistake(() => powerOn(machine, busOffset('rpi4')))
      },
      'BUS_OFFSET_ROOM',
      /smaller/,
    ],
  ])('HAZ-9: %s', (_, act, code, hint) => {
    const found = act()
    expect(found.code).toBe(code)
    expect(found.hint).toMatch(hint)
  })
})

test('HAZ-9: a capture whose host bridge has no known windows gets those that are written, for all that is there', () => {
  const { topology } = powerOn(house())
  const hostBridges = topology.hostBridges.map((bridge) => ({ ...bridge, windows: [] }))
  const unknown = topology.with({ hostBridges })
  const moved = withBusOffset(unknown, [BOTH])
  expect(bars(moved).map((bar) => bar.bus)).toEqual(bars(unknown).map(({ cpu }) => cpu + offsetAt(cpu)))
  const half = { ...BOTH, windows: BOTH.windows.slice(0, 1) }
  expect(mistake(() => withBusOffset(unknown, [half])).code).toBe('BUS_OFFSET_OUTSIDE')
})
