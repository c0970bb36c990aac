/** Random machines, random offsets: hardware goes by bus addresses, software by the difference, and they agree. */
import {
  type AcsBit,
  busAddressOf,
  buildTopology,
  type DeviceSpec,
  drive,
  type EndpointSpec,
  GiB,
  type HostBridgeSpec,
  initP2p,
  isMemoryBar,
  MiB,
  p2pMatrix,
  p2pProvider,
  type PciFunction,
  readBarRegisters,
  soloKernel,
  type Topology,
  type TopologySpec,
} from '@barter/core'
import { createHardware, passThrough } from '@barter/sim'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BridgeOffset, BOARD_NAMES, withBusOffset } from '../src/index.ts'

const acs = fc.constantFrom<'off' | 'none' | readonly AcsBit[]>('off', 'off', 'none', ['RR', 'CR'])
const bars = fc
  .array(fc.record({ kind: fc.constantFrom('mem32', 'mem64', 'mem64pref'), bits: fc.integer({ min: 8, max: 24 }) }), {
    maxLength: 3,
  })
  .map((list) => list.map(({ kind, bits }, i) => ({ index: 2 * i, kind, length: 2 ** bits }) as const))
const endpoint = fc
  .record({ acs, bars, vfs: fc.option(fc.integer({ min: 1, max: 3 })) })
  .map(({ acs, bars, vfs }): EndpointSpec => ({
    endpoint: '?',
    acs,
    bars,
    ...(vfs === null ? {} : { vfs: { count: vfs, bars: [{ index: 0, length: 0x4000 }] } }),
  }))
const device: fc.Arbitrary<DeviceSpec> = fc.oneof(
  endpoint,
  fc.record({ acs, below: fc.array(endpoint, { maxLength: 1 }) }).map((port) => ({ rootPort: '?', ...port })),
  fc
    .record({
      acs,
      ports: fc.array(fc.record({ acs, below: fc.array(endpoint, { maxLength: 1 }) }), { minLength: 1, maxLength: 3 }),
    })
    .map(({ acs, ports }) => ({ rootPort: '?', acs, below: [{ switch: '?', ports }] })),
)
const machine = fc
  .record({ bridges: fc.array(fc.array(device, { maxLength: 3 }), { minLength: 1, maxLength: 2 }) })
  .map(({ bridges }): Topology => {
    let count = 0
    const named = JSON.parse(JSON.stringify(bridges), (_key, value: unknown) =>
      value === '?' ? `d${count++}` : value,
    ) as DeviceSpec[][]
    const spec: TopologySpec = {
      memory: '1 GiB',
      cpu: { vendor: 'AuthenticAMD', family: 0x17 },
      hostBridges: named.map((devices): HostBridgeSpec => ({ id: '1022:1450', devices })),
    }
    return buildTopology(spec).topology
  })

/** Places far from anything that the builder uses, for each window of each bridge. */
const offsets = fc.record({
  keep: fc.constantFrom('cpu' as const, 'bus' as const),
  seed: fc.integer({ min: 1, max: 200 }),
})

function spread(topology: Topology, { keep, seed }: { keep: 'cpu' | 'bus'; seed: number }): readonly BridgeOffset[] {
  return topology.hostBridges.map(({ id, windows }, i) => ({
    hostBridge: id,
    keep,
    // RAM goes where no window is.
    inbound: [{ bus: 2 ** 50, start: 0, length: '4 GiB' }],
    windows: windows.map(({ start, length }, j) => {
      const away = (i * 4 + j + 1) * 2 ** 46 + seed * 64 * MiB
      if (keep === 'bus') return { start: start + away, length, busOffset: -away }
      // 32-bit BARs have to stay below 4 GiB: down into the first 2 GiB, by a multiple of the largest BAR.
      const down = start < 4 * GiB ? -(2 * GiB - 16 * MiB) : away
      return { start, length, busOffset: down }
    }),
  }))
}

const memoryBars = (fn: PciFunction) => fn.bars.filter((bar) => isMemoryBar(bar) && bar.bus !== 0)

function everyBarDecodes(topology: Topology): void {
  const silent = { on: false, emit: () => undefined }
  const hardware = createHardware({
    topology,
    kernel: soloKernel(),
    trace: silent,
    iommu: passThrough(),
    judge: { landed: () => undefined, dark: () => undefined, light: () => undefined },
  })
  const requesters = topology.functions.filter((fn) => fn.kind === 'endpoint' || fn.kind === 'rciep')
  for (const owner of topology.functions) {
    for (const bar of memoryBars(owner)) {
      const landing = { kind: 'bar', device: owner.bdf, bar: bar.index, offset: 0 }
      expect(drive(hardware.cpu('read', bar.start, 4)).route.landing).toEqual(landing)
      for (const from of requesters) {
        // A peer below the same switch and without redirect reaches it by its bus address.
        if (p2pMatrix(topology, [owner, from]).at(0, 1).mapType !== 'bus-addr' || from === owner) continue
        expect(hardware.route(from.bdf, bar.bus, 'write').landing).toEqual(landing)
      }
    }
  }
}

describe('any machine', () => {
  test('P2P-4: every BAR decodes at its bus address; CPU address, offset and register agree', () => {
    fc.assert(
      fc.property(machine, offsets, (before, how) => {
        const after = withBusOffset(before, spread(before, how))
        for (const fn of after.functions) {
          const device = { fn, bdf: fn.bdf, p2p: undefined } as Parameters<typeof initP2p>[0]
          initP2p(device)
          const windows = after.hostBridge(fn.hostBridge).windows
          for (const bar of memoryBars(fn)) {
            const provider = p2pProvider(device, bar.index) ?? expect.fail()
            expect(busAddressOf(provider, bar.start)).toBe(bar.bus)
            const window = windows.find((one) => bar.start >= one.start && bar.start < one.start + one.length)
            expect(window?.busOffset).toBe(bar.bus - bar.start)
            const register = readBarRegisters(fn.config).find((one) => one.index === bar.index)
            if (fn.physicalFunction === undefined) expect(register?.bus).toBe(bar.bus)
          }
        }
        everyBarDecodes(after)
      }),
      { numRuns: 60 },
    )
  })

  test('P2P-4: one side stays', () => {
    fc.assert(
      fc.property(machine, offsets, (before, how) => {
        const after = withBusOffset(before, spread(before, how))
        const side = (topology: Topology) =>
          topology.functions.map((fn) => memoryBars(fn).map((bar) => (how.keep === 'cpu' ? bar.start : bar.bus)))
        expect(side(after)).toEqual(side(before))
        if (how.keep === 'bus')
          expect(after.functions.map((fn) => fn.config)).toEqual(before.functions.map((fn) => fn.config))
      }),
      { numRuns: 60 },
    )
  })

  test('P2P-20 to P2P-23: the verdict of no pair changes', () => {
    fc.assert(
      fc.property(machine, offsets, (before, how) => {
        const after = withBusOffset(before, spread(before, how))
        const cells = (topology: Topology) => p2pMatrix(topology, topology.functions).cells
        expect(cells(after)).toEqual(cells(before))
      }),
      { numRuns: 60 },
    )
  })

  test('HAZ-9: what fits into the windows of a board decodes there', () => {
    let fitted = 0
    fc.assert(
      fc.property(machine, fc.constantFrom(...BOARD_NAMES), (before, board) => {
        let after: Topology
        try {
          after = withBusOffset(before, [{ board }])
        } catch (error) {
          expect(error).toMatchObject({ code: 'BUS_OFFSET_ROOM' })
          return
        }
        fitted++
        everyBarDecodes(after)
      }),
      { numRuns: 60 },
    )
    expect(fitted).toBeGreaterThan(20)
  })
})
