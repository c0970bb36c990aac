import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AcsState } from '../src/acs.ts'
import type { Bdf } from '../src/bdf.ts'
import { cellDistance, cellType } from '../src/bitfield.ts'
import { p2pVerdict } from '../src/p2p.ts'
import { MAP_TYPES, p2pIndex } from '../src/p2p-index.ts'
import { p2pMatrix } from '../src/p2p-matrix.ts'
import type { PciFunction } from '../src/pci-function.ts'
import type { Topology } from '../src/topology.ts'
import { buildTopology, type DeviceSpec } from '../src/topology-spec.ts'
import { topologySpec } from './random-spec.ts'

const built = topologySpec.map((spec) => buildTopology(spec).topology)

const OFF: AcsState = { kind: 'present', offset: 0x100, capability: 0x5f, control: 0 }
const RR: AcsState = { kind: 'present', offset: 0x100, capability: 0x5f, control: 0x04 }

/** An ACS word for each function, in turn; some are not known. */
const words = fc.array(fc.constantFrom<AcsState>(OFF, OFF, OFF, RR, { kind: 'unknown' }), {
  minLength: 1,
  maxLength: 40,
})

/** All pairs of a tree are many, so the trees are few. */
const RUNS = { numRuns: 40 }

function walked(topology: Topology, acs?: (fn: PciFunction) => AcsState) {
  return topology.functions.flatMap((provider) =>
    topology.functions.map((client) => {
      const { mapType, distance } = p2pVerdict(topology, provider, client, acs === undefined ? {} : { acs })
      return { mapType, distance }
    }),
  )
}

const answers = (cells: Uint8Array | Uint16Array) =>
  Array.from(cells, (cell) => ({ mapType: MAP_TYPES[cellType(cell)], distance: cellDistance(cell) }))

describe('P2P-20 to P2P-23', () => {
  test('P2P-21: the matrix says what the walk says, cell for cell', () => {
    fc.assert(
      fc.property(built, (topology) => {
        expect(answers(p2pMatrix(topology, topology.functions).cells)).toEqual(walked(topology))
      }),
      RUNS,
    )
  })

  test('P2P-21: so it does where ACS words are not known', () => {
    fc.assert(
      fc.property(built, words, (topology, list) => {
        const states = new Map(topology.functions.map((fn, i) => [fn, list[i % list.length] ?? OFF]))
        const acs = (fn: PciFunction): AcsState => states.get(fn) ?? OFF
        expect(answers(p2pMatrix(topology, topology.functions, { acs }).cells)).toEqual(walked(topology, acs))
      }),
      RUNS,
    )
  })

  test('P2P-20: so it does where a capture leaves bridges out, and host bridges are guessed', () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(built, flags, flags, (topology, hidden, guessed) => {
        const { functions, hostBridges } = topology
        const poor = topology.with({
          functions: functions.map((fn, i) =>
            hidden[i % hidden.length] ? { ...fn, bridgesHidden: true as const } : fn,
          ),
          hostBridges: hostBridges.map((one, i) =>
            guessed[i % guessed.length] ? { ...one, guessed: true as const } : one,
          ),
        })
        expect(answers(p2pMatrix(poor, poor.functions).cells)).toEqual(walked(poor))
      }),
      RUNS,
    )
  })

  test('P2P-20: hidden bridges leave both answers open, but not below two host bridges that are known', () => {
    const port = (name: string): DeviceSpec => ({ rootPort: `port of ${name}`, below: [{ endpoint: name }] })
    const { topology, names } = buildTopology({
      hostBridges: [
        { id: '8086:2030', devices: [port('a'), port('b')] },
        { id: '8086:2030', bus: 0x80, devices: [port('c')] },
      ],
    })
    const hidden = topology.mapFunctions((fn) => (fn.kind === 'endpoint' ? { ...fn, bridgesHidden: true } : fn))
    const guessed = hidden.with({ hostBridges: hidden.hostBridges.map((one) => ({ ...one, guessed: true })) })
    const said = [hidden, guessed].flatMap((machine) =>
      (['b', 'c'] as const).map((name) => {
        const [a, b] = ['a', name].map((one) => machine.get(names.get(one) as Bdf)) as [PciFunction, PciFunction]
        const { mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, pathMatters, hostBridgeMatters } = p2pVerdict(
          machine,
          a,
          b,
        )
        return { mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, pathMatters, hostBridgeMatters }
      }),
    )
    const open = { mapType: undefined, mapTypeIfNoRedirect: 'bus-addr', pathMatters: true }
    expect(said).toEqual([
      { ...open, mapTypeIfRedirect: 'thru-host-bridge' },
      { mapType: 'thru-host-bridge' },
      { ...open, mapTypeIfRedirect: 'not-supported', hostBridgeMatters: true },
      { ...open, mapTypeIfRedirect: 'not-supported', hostBridgeMatters: true },
    ])
  })

  test.each([
    ['redirect', { kind: 'present', offset: 0x100, capability: 0x5f, control: 0x04 }],
    ['clear', { kind: 'none' }],
  ] as const)('P2P-21: unknown words may count as %s', (unknownAs, meaning: AcsState) => {
    fc.assert(
      fc.property(built, (topology) => {
        const matrix = p2pMatrix(topology, topology.functions, { acs: () => ({ kind: 'unknown' }), unknownAs })
        expect(answers(matrix.cells)).toEqual(walked(topology, () => meaning))
      }),
      RUNS,
    )
  })

  test('P2P-21: the index answers one pair the same', () => {
    fc.assert(
      fc.property(built, (topology) => {
        const index = p2pIndex(topology)
        const pairs = topology.functions.flatMap((a) => topology.functions.map((b) => index.pair(a.bdf, b.bdf)))
        expect(pairs).toEqual(walked(topology))
      }),
      RUNS,
    )
  })

  test('P2P-25: distance is the same both ways, and 0 just from a function to itself', () => {
    fc.assert(
      fc.property(built, (topology) => {
        const all = topology.functions
        const rows = all.map((a) => all.map((b) => p2pVerdict(topology, a, b).distance))
        expect(rows).toEqual(all.map((_, i) => rows.map((row) => row[i])))
        expect(rows.map((row) => row.indexOf(0))).toEqual([...all.keys()])
      }),
      RUNS,
    )
  })
})

/** Switch below switch below switch, an endpoint at each step. */
function chain(switches: number): DeviceSpec[] {
  let below: DeviceSpec[] = [{ endpoint: 'last' }]
  for (let i = switches; i > 0; i--) {
    below = [{ switch: `sw${i}`, ports: [{ below }, { below: [{ endpoint: `e${i}` }] }] }]
  }
  return below
}

test('P2P-24: a tree too deep for six bits of distance gets wider cells, with the same answers', () => {
  const { topology } = buildTopology({
    hostBridges: ['a', 'b'].map((name, domain) => ({
      domain,
      devices: [{ rootPort: name, below: named(chain(16), name) }],
    })),
  })
  const matrix = p2pMatrix(topology, topology.functions)
  expect(matrix.cells).toBeInstanceOf(Uint16Array)
  expect(answers(matrix.cells)).toEqual(walked(topology))
  const deepest = topology.functions.reduce((most, fn) => Math.max(most, topology.chain(fn).length), 0)
  expect(Math.max(...Array.from(matrix.cells, cellDistance))).toBe(2 * deepest)
})

const named = (devices: DeviceSpec[], prefix: string): DeviceSpec[] =>
  JSON.parse(JSON.stringify(devices), function (key, value: unknown) {
    return (key === 'endpoint' || key === 'switch') && typeof value === 'string' ? `${prefix}-${value}` : value
  }) as DeviceSpec[]

test('P2P-24: a usual tree takes a byte a pair; rows and columns follow the list that was given', () => {
  const { topology, names } = buildTopology({
    hostBridges: [
      {
        devices: [
          { rootPort: 'rp', below: [{ endpoint: 'f0', functions: [{ endpoint: 'f1' }] }] },
          { endpoint: 'rciep' },
        ],
      },
    ],
  })
  const list = ['rciep', 'f1', 'f0'].map((name) => topology.get(names.get(name) ?? expect.fail(name)))
  const matrix = p2pMatrix(topology, list)
  expect(matrix.cells).toBeInstanceOf(Uint8Array)
  expect(matrix.at(1, 2)).toEqual({ mapType: 'bus-addr', distance: 2 })
  expect(matrix.at(0, 1)).toEqual({ mapType: 'not-supported', distance: 3 })
  expect(() => matrix.at(3, 0)).toThrow(RangeError)
  expect(() => matrix.at(0, -1)).toThrow(RangeError)
})

test('P2P-20: a function of another machine is refused by name', () => {
  const here = buildTopology({ hostBridges: [{ devices: [{ endpoint: 'a' }] }] }).topology
  const there = buildTopology({ hostBridges: [{ domain: 1, devices: [{ endpoint: 'a' }] }] }).topology
  expect(() => p2pMatrix(here, there.functions)).toThrow(expect.objectContaining({ code: 'DEVICE_UNKNOWN' }))
})
