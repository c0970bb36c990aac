/** Random topologies as specs, of any shape the builder takes. */
import fc from 'fast-check'
import { ACS_BITS, type AcsBit } from '../src/acs.ts'
import type { BarSpec, DeviceSpec, EndpointSpec, HostBridgeSpec, TopologySpec } from '../src/topology-spec.ts'

/** Few enough to redirect now and then, so that both answers come up along a path. */
const acs = fc.oneof(
  { weight: 4, arbitrary: fc.constant('off' as const) },
  { weight: 2, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.subarray(Object.keys(ACS_BITS) as AcsBit[], { minLength: 1 }) },
)

const bars: fc.Arbitrary<BarSpec[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('mem32', 'mem32pref', 'mem64', 'mem64pref'),
      bits: fc.integer({ min: 7, max: 24 }),
    }),
    { maxLength: 3 },
  )
  .map((list) => list.map(({ kind, bits }, i): BarSpec => ({ index: 2 * i, kind, length: 2 ** bits })))

const plain: fc.Arbitrary<EndpointSpec> = fc
  .record({ acs, bars })
  .map((fields): EndpointSpec => ({ endpoint: 'named later', ...fields }))

const endpoint: fc.Arbitrary<EndpointSpec> = fc
  .record({ first: plain, others: fc.array(plain, { maxLength: 2 }), vfs: fc.option(fc.integer({ min: 1, max: 3 })) })
  .map(({ first, others, vfs }) => ({
    ...first,
    functions: others,
    ...(vfs === null ? {} : { vfs: { count: vfs, bars: [{ index: 0, length: 0x4000 }] } }),
  }))

const conventional: fc.Arbitrary<DeviceSpec[]> = fc.array(
  bars.map((list): DeviceSpec => ({ endpoint: 'named later', bars: list })),
  { maxLength: 2 },
)

/** What hangs on a link, with at most so many switches below each other. */
function link(switches: number): fc.Arbitrary<DeviceSpec[]> {
  const bridge = conventional.map((below): DeviceSpec => ({ pciBridge: 'named later', below }))
  const leaf = fc.oneof({ weight: 4, arbitrary: endpoint }, { weight: 1, arbitrary: bridge })
  if (switches === 0) return fc.array(leaf, { maxLength: 1 })
  const port = fc.record({ acs, below: link(switches - 1) })
  const fork = fc
    .record({ acs, ports: fc.array(port, { minLength: 1, maxLength: 3 }) })
    .map(({ acs, ports }): DeviceSpec => ({ switch: 'named later', upstream: { acs }, ports }))
  return fc.array(fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 2, arbitrary: fork }), { maxLength: 1 })
}

const rootDevice: fc.Arbitrary<DeviceSpec> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ acs, below: link(3) }).map((port): DeviceSpec => ({ rootPort: 'named later', ...port })),
  },
  { weight: 1, arbitrary: endpoint },
)

const hostBridge: fc.Arbitrary<HostBridgeSpec> = fc
  .record({
    id: fc.option(fc.constantFrom('8086:29c0', '8086:09a2', '8086:2f00', '1ae0:0001')),
    devices: fc.array(rootDevice, { maxLength: 4 }),
  })
  .map(({ id, devices }) => (id === null ? { devices } : { id, devices }))

const cpu = fc.constantFrom<TopologySpec['cpu']>(
  { vendor: 'GenuineIntel', family: 6 },
  { vendor: 'AuthenticAMD', family: 0x17 },
  { arch: 'arm64' },
)

/** Names are unique, which the shape alone does not make sure of. */
export const topologySpec: fc.Arbitrary<TopologySpec> = fc
  .record({ cpu, hostBridges: fc.array(hostBridge, { minLength: 1, maxLength: 3 }) })
  .map(({ cpu, hostBridges }) => {
    let count = 0
    const named = JSON.parse(JSON.stringify(hostBridges), (_key, value: unknown) =>
      value === 'named later' ? `d${count++}` : value,
    ) as HostBridgeSpec[]
    return { ...(cpu === undefined ? {} : { cpu }), hostBridges: named }
  })
