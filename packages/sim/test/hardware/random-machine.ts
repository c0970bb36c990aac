/** Random machines: switches in switches, devices of several functions, conventional buses, several host bridges. */
import {
  ACS_BITS,
  type AcsBit,
  type AcsSpec,
  type BarSpec,
  type DeviceSpec,
  type EndpointSpec,
  type HostBridgeSpec,
  type TopologySpec,
} from '@barter/core'
import fc from 'fast-check'

/** ACS of ports, and of endpoints. */
export interface AcsChoice {
  readonly port: fc.Arbitrary<AcsSpec>
  readonly endpoint: fc.Arbitrary<AcsSpec>
}

const anyAcs: fc.Arbitrary<AcsSpec> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('off' as const) },
  { weight: 2, arbitrary: fc.constant('none' as const) },
  { weight: 2, arbitrary: fc.subarray(Object.keys(ACS_BITS) as AcsBit[], { minLength: 1 }) },
)

/** Any bits anywhere. */
export const ANY_ACS: AcsChoice = { port: anyAcs, endpoint: anyAcs }

/** As the kernel leaves all ports of a machine: everything that it knows on, or nothing (ACS-9). */
export const ACS_EVERYWHERE: AcsChoice = {
  port: fc.constant(['SV', 'RR', 'CR', 'UF'] as const),
  endpoint: fc.constant('none' as const),
}

const bars: fc.Arbitrary<BarSpec[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('mem32', 'mem32pref', 'mem64', 'mem64pref'),
      bits: fc.integer({ min: 7, max: 22 }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((list) => list.map(({ kind, bits }, i): BarSpec => ({ index: 2 * i, kind, length: 2 ** bits })))

const NAME = 'named later'

export function randomMachine(choice: AcsChoice): fc.Arbitrary<TopologySpec> {
  const plain = fc.record({ acs: choice.endpoint, bars }).map((fields): EndpointSpec => ({ endpoint: NAME, ...fields }))
  const vfs = fc.option(fc.integer({ min: 1, max: 2 }))
  const endpoint = fc
    .record({ first: plain, others: fc.array(plain, { maxLength: 1 }), vfs })
    .map(({ first, others, vfs }): EndpointSpec => ({
      ...first,
      functions: others,
      ...(vfs === null ? {} : { vfs: { count: vfs, bars: [{ index: 0, length: 0x4000 }] } }),
    }))
  const conventional = fc.array(
    bars.map((list): DeviceSpec => ({ endpoint: NAME, bars: list })),
    { maxLength: 2 },
  )
  const link = (switches: number): fc.Arbitrary<DeviceSpec[]> => {
    const bridge = conventional.map((below): DeviceSpec => ({ pciBridge: NAME, below }))
    const leaf = fc.oneof({ weight: 4, arbitrary: endpoint }, { weight: 1, arbitrary: bridge })
    if (switches === 0) return fc.array(leaf, { maxLength: 1 })
    const port = fc.record({ acs: choice.port, below: link(switches - 1) })
    const fork = fc
      .record({
        acs: choice.endpoint,
        functions: fc.array(plain, { maxLength: 1 }),
        ports: fc.array(port, { minLength: 1, maxLength: 3 }),
      })
      .map(({ acs, functions, ports }): DeviceSpec => ({ switch: NAME, upstream: { acs }, functions, ports }))
    return fc.array(fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 2, arbitrary: fork }), { maxLength: 1 })
  }
  const rootPort = fc
    .record({ acs: choice.port, below: link(2) })
    .map((port): DeviceSpec => ({ rootPort: NAME, ...port }))
  const rootDevice = fc.oneof({ weight: 4, arbitrary: rootPort }, { weight: 1, arbitrary: endpoint })
  const hostBridges = fc.array(fc.record({ devices: fc.array(rootDevice, { maxLength: 3 }), offset: fc.boolean() }), {
    minLength: 1,
    maxLength: 2,
  })
  // An id that the kernel trusts, and a root complex that does carry peers.
  return hostBridges.map((list) => ({ hostBridges: named(list.map(asBridge)) }))
}

/** With `offset` both windows of the bridge show other addresses on its bus. */
function asBridge({ devices, offset }: { devices: DeviceSpec[]; offset: boolean }, i: number): HostBridgeSpec {
  const facts = { id: '8086:2020', routesPeers: true, devices }
  if (!offset) return facts
  return {
    ...facts,
    windows: [
      { start: 0x1_0000_0000_00 * (i + 1), length: '512 MiB', bus: 0x4000_0000 },
      { start: 0x2_0000_0000_00 * (i + 4), length: '64 GiB', bus: 0x40_0000_0000 },
    ],
  }
}

/** Names are unique, which the shape alone does not make sure of. */
function named(bridges: readonly HostBridgeSpec[]): HostBridgeSpec[] {
  let count = 0
  return JSON.parse(JSON.stringify(bridges), (_key, value: unknown) =>
    value === NAME ? `d${count++}` : value,
  ) as HostBridgeSpec[]
}
