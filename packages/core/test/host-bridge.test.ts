import { describe, expect, test } from 'vitest'
import { parseBdf } from '../src/bdf.ts'
import { cpuRoutesPeers, hostBridgeDecision, representativeOf } from '../src/host-bridge.ts'
import { HOST_BRIDGE_TABLE } from '../src/host-bridge-table.ts'
import type { Cpu, Topology } from '../src/topology.ts'
import { buildTopology, type HostBridgeSpec } from '../src/topology-spec.ts'

const intel: Cpu = { arch: 'x86_64', vendor: 'GenuineIntel', family: 6 }
const nobody: Cpu = { arch: undefined, vendor: undefined, family: undefined }

/** One root port with an endpoint below each host bridge; the endpoints are called `a`, `b`, … */
function machine(...bridges: Omit<HostBridgeSpec, 'devices'>[]): { topology: Topology; decide: typeof decide } {
  const { topology, names } = buildTopology({
    hostBridges: bridges.map((bridge, i) => ({
      ...bridge,
      devices: [{ rootPort: `port${i}`, below: [{ endpoint: 'ab'[i] ?? '' }] }],
    })),
  })
  const decide = (a: string, b: string, cpu: Cpu = intel) => {
    const [one, other] = [a, b].map((name) => topology.get(names.get(name) ?? expect.fail(name)))
    if (one === undefined || other === undefined) throw new Error('two names')
    return hostBridgeDecision(topology, one, other, cpu)
  }
  return { topology, decide }
}

describe('HB-1', () => {
  test.each<[string, Cpu, boolean | undefined]>([
    ['Zen', { arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x17 }, true],
    ['Zen 5', { arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x1a }, true],
    ['32-bit kernel on Zen', { arch: 'i686', vendor: 'AuthenticAMD', family: 0x17 }, true],
    ['AMD before Zen', { arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x16 }, false],
    ['Hygon, Zen or not', { arch: 'x86_64', vendor: 'HygonGenuine', family: 0x18 }, false],
    ['Intel', intel, false],
    ['arm64', { arch: 'arm64', vendor: undefined, family: undefined }, false],
    ['arm64 that claims to be AMD', { arch: 'arm64', vendor: 'AuthenticAMD', family: 0x17 }, false],
    ['Intel of unknown family', { arch: undefined, vendor: 'GenuineIntel', family: undefined }, false],
    ['AMD of known family, architecture not noted', { arch: undefined, vendor: 'AuthenticAMD', family: 0x19 }, true],
    ['AMD of unknown family', { arch: 'x86_64', vendor: 'AuthenticAMD', family: undefined }, undefined],
    ['x86 of unknown make', { arch: 'x86_64', vendor: undefined, family: undefined }, undefined],
    ['x86 of unknown make, too old', { arch: 'x86_64', vendor: undefined, family: 6 }, false],
    ['nothing known', nobody, undefined],
  ])('HB-1: the CPU rule for %s', (_who, cpu, expected) => {
    expect(cpuRoutesPeers(cpu)).toBe(expected)
  })

  test('HB-1: Zen trusts every host bridge, listed or not, same or different', () => {
    const { decide } = machine({ id: '1022:1480' }, {})
    const zen: Cpu = { arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x17 }
    expect(decide('a', 'b', zen)).toMatchObject({ trusted: true, by: 'HB-1', cpuMatters: false })
    expect(decide('a', 'a', zen)).toMatchObject({ trusted: true, by: 'HB-1' })
  })

  test('HB-1: an unknown CPU matters only where the list does not accept', () => {
    const { decide } = machine({ id: '8086:09a2' }, { id: '8086:29c0' })
    expect(decide('a', 'a', nobody)).toMatchObject({ trusted: true, by: 'HB-4', cpuMatters: false })
    expect(decide('a', 'b', nobody)).toMatchObject({ trusted: undefined, by: 'HB-4', cpuMatters: true })
  })
})

describe('HB-2', () => {
  test('HB-2: the first function of the root bus stands for the bridge when it is 00.0', () => {
    const { topology } = machine({ id: '8086:29c0' })
    expect(representativeOf(topology, '0000:00')?.bdf).toBe('0000:00:00.0')
  })

  test('HB-2: a root port in another place stands for it too', () => {
    const { topology, decide } = machine({})
    expect(representativeOf(topology, '0000:00')?.bdf).toBe('0000:00:01.0')
    expect(decide('a', 'a').findings).toEqual([
      {
        id: '0000:00',
        first: '0000:00:01.0',
        representative: '0000:00:01.0',
        deviceId: '1b36:000c',
        listed: false,
        sameBridgeOnly: false,
      },
    ])
  })

  test('HB-2: another function that is not at 00.0 makes the bridge count as unlisted', () => {
    const { topology, names } = buildTopology({
      hostBridges: [
        {
          devices: [
            { endpoint: 'dsa', id: '8086:0b25', device: 1 },
            { rootPort: 'rp', device: 2 },
          ],
        },
      ],
    })
    const dsa = topology.get(names.get('dsa') ?? expect.fail())
    expect(representativeOf(topology, '0000:00')).toBeNull()
    expect(hostBridgeDecision(topology, dsa, dsa, intel)).toEqual({
      trusted: false,
      by: 'HB-2',
      reason:
        'host bridge 0000:00 has 0000:00:01.0, which is neither 00.0 nor a root port, first on its root bus, so it ' +
        'counts as not listed',
      findings: [
        {
          id: '0000:00',
          first: '0000:00:01.0',
          representative: null,
          deviceId: null,
          listed: false,
          sameBridgeOnly: false,
        },
      ],
      cpuMatters: false,
      idsMatter: false,
    })
  })

  test('HB-2: the same function at 00.0 is taken at its id', () => {
    const { topology, names } = buildTopology({
      hostBridges: [{ devices: [{ endpoint: 'dsa', id: '8086:0b25', device: 0 }] }],
    })
    const dsa = topology.get(names.get('dsa') ?? expect.fail())
    expect(hostBridgeDecision(topology, dsa, dsa, intel)).toMatchObject({ trusted: true, by: 'HB-4' })
  })

  test('HB-2: an empty root bus has no representative', () => {
    const { topology } = buildTopology({ hostBridges: [{}] })
    expect(representativeOf(topology, '0000:00')).toBeNull()
  })
})

test('HB-3: one bridge is looked up once, two are looked up in the order provider, client', () => {
  const { decide } = machine({ id: '8086:09a2' }, { id: '8086:2030' })
  expect(decide('a', 'a').findings.map((one) => one.id)).toEqual(['0000:00'])
  expect(decide('b', 'a').findings.map((one) => one.id)).toEqual(['0000:02', '0000:00'])
})

describe('HB-4', () => {
  test.each([
    ['both listed without a condition', '8086:09a2', '8086:2030', true],
    ['one of two is not listed', '8086:09a2', '8086:29c0', false],
    ['neither is listed', '8086:29c0', '8086:6f00', false],
    ['listed for one host bridge only, and there are two', '8086:2f00', '8086:2f00', false],
    ['one of two has the condition', '8086:2f00', '8086:09a2', false],
    ['any device of a vendor', '1ae0:1234', '1ae0:4321', true],
  ])('HB-4: %s: %s and %s give %s', (_case, a, b, expected) => {
    expect(machine({ id: a }, { id: b }).decide('a', 'b')).toMatchObject({ trusted: expected, by: 'HB-4' })
  })

  test('HB-4: a row for one host bridge accepts two devices below it', () => {
    expect(machine({ id: '8086:2f00' }).decide('a', 'a')).toEqual({
      trusted: true,
      by: 'HB-4',
      reason:
        "0000:00:00.0 8086:2f00 is on the kernel's list for pairs below one host bridge (Intel Xeon E7 v3 / E5 v3 / Core i7)",
      findings: [
        {
          id: '0000:00',
          first: '0000:00:00.0',
          representative: '0000:00:00.0',
          deviceId: '8086:2f00',
          listed: true,
          sameBridgeOnly: true,
        },
      ],
      cpuMatters: false,
      idsMatter: false,
    })
  })

  test('HB-4: ids that the capture did not tell leave it open, unless the other side decides', () => {
    const { topology } = machine({ id: '8086:09a2' }, { id: '8086:29c0' }, { id: '8086:2030' })
    const hidden = topology.mapFunctions((fn) =>
      fn.bdf === '0000:00:00.0' ? { ...fn, vendor: 0xffff, device: 0xffff } : fn,
    )
    const [a, b, c] = ['0000:01:00.0', '0000:03:00.0', '0000:05:00.0'].map((name) =>
      hidden.get(parseBdf(name) ?? expect.fail()),
    )
    if (a === undefined || b === undefined || c === undefined) throw new Error('three endpoints')
    expect(hostBridgeDecision(hidden, a, c, intel)).toMatchObject({ trusted: undefined, idsMatter: true })
    expect(hostBridgeDecision(hidden, a, b, intel)).toMatchObject({ trusted: false, idsMatter: false })
    expect(hostBridgeDecision(hidden, a, c, intel).findings[0]).toMatchObject({ deviceId: null, listed: false })
  })

  test('HB-4: a vendor without any row is enough to know that its bridge has none', () => {
    const { topology } = machine({ id: '8086:2030' })
    const decided = [0x1022, 0x8086].map((vendor) => {
      const poor = topology.mapFunctions((fn) => (fn.parent === null ? { ...fn, vendor, device: 0xffff } : fn))
      const [a] = poor.functions.filter((fn) => fn.kind === 'endpoint')
      if (a === undefined) throw new Error('an endpoint')
      return hostBridgeDecision(poor, a, a, intel)
    })
    expect(decided[0]).toMatchObject({ trusted: false, idsMatter: false })
    expect(decided[1]).toMatchObject({ trusted: undefined, idsMatter: true })
  })
})

test('HB-5: the table', () => {
  const rows = HOST_BRIDGE_TABLE.map(({ vendor, device, sameBridgeOnly }) => {
    const hex4 = (id: number) => id.toString(16).padStart(4, '0')
    return `${hex4(vendor)}:${device === 'any' ? 'any' : hex4(device)}${sameBridgeOnly ? ' S' : ''}`
  })
  expect(rows).toEqual([
    ...['8086:3c00 S', '8086:3c01 S', '8086:2f00 S', '8086:2f01 S'],
    ...['8086:2030', '8086:2031', '8086:2032', '8086:2033', '8086:2020', '8086:09a2'],
    ...['8086:0b25', '8086:0cfe', '8086:11fb', '8086:1212', '8086:1216'],
    ...['8086:4940', '8086:4942', '8086:4944', '8086:4946', '8086:4948'],
    ...['1ae0:any', '10de:2f95', '10de:2f96', '10de:2f97', '10de:2f98'],
  ])
})
