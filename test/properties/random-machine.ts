/** Random machines whose devices have BARs worth lending: switches in switches, devices of several functions, virtual ones, conventional buses. */
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

/** ACS of the ports and of the endpoints. */
export interface AcsChoice {
  readonly port: fc.Arbitrary<AcsSpec>
  readonly endpoint: fc.Arbitrary<AcsSpec>
}

export const NO_REDIRECT: AcsChoice = { port: fc.constant('off'), endpoint: fc.constant('none') }
/** As Linux leaves all ports of a machine under an IOMMU (ACS-9). */
export const REDIRECT: AcsChoice = { port: fc.constant(['SV', 'RR', 'CR', 'UF']), endpoint: fc.constant('none') }

const anyBits: fc.Arbitrary<AcsSpec> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<AcsSpec>('off', 'none') },
  { weight: 1, arbitrary: fc.subarray(Object.keys(ACS_BITS) as AcsBit[], { minLength: 1 }) },
)
export const ANY_BITS: AcsChoice = { port: anyBits, endpoint: anyBits }

const bars: fc.Arbitrary<BarSpec[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('mem32', 'mem32pref', 'mem64', 'mem64pref'),
      bits: fc.integer({ min: 10, max: 22 }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((list) => list.map(({ kind, bits }, i): BarSpec => ({ index: 2 * i, kind, length: 2 ** bits })))

const NAME = 'named later'

/** With `offset` both windows of the bridge show other addresses on its bus. `listed`: the kernel trusts the root complex, and is right. */
function asBridge(devices: DeviceSpec[], offset: boolean, listed: boolean, i: number): HostBridgeSpec {
  return {
    routesPeers: listed,
    devices,
    ...(listed ? { id: '8086:2020' } : {}),
    ...(offset
      ? {
          windows: [
            { start: 2 ** 40 * (i + 1), length: '512 MiB', bus: 0x4000_0000 },
            { start: 2 ** 41 * (i + 2), length: '64 GiB', bus: 2 ** 38 },
          ],
        }
      : {}),
  }
}

/** Some have windows that bus and CPU see at different addresses, some a root complex that is not on the kernel's list. */
export function randomMachine(choice: AcsChoice): fc.Arbitrary<TopologySpec> {
  const plain = fc.record({ acs: choice.endpoint, bars }).map((fields): EndpointSpec => ({ endpoint: NAME, ...fields }))
  const endpoint = fc
    .record({
      first: plain,
      functions: fc.array(plain, { maxLength: 1 }),
      vfs: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
    })
    .map(({ first, functions, vfs: count }): EndpointSpec => ({
      ...first,
      functions,
      ...(count === undefined ? {} : { vfs: { count, bars: [{ index: 0, length: '64 KiB' }] } }),
    }))
  const conventional = bars.map((list): DeviceSpec => ({ pciBridge: NAME, below: [{ endpoint: NAME, bars: list }] }))
  const link = (switches: number): fc.Arbitrary<DeviceSpec[]> => {
    const leaf = fc.oneof({ weight: 5, arbitrary: endpoint }, { weight: 1, arbitrary: conventional })
    if (switches === 0) return fc.array(leaf, { minLength: 1, maxLength: 1 })
    const port = fc.record({ acs: choice.port, below: link(switches - 1) })
    const fork = fc
      .record({ acs: choice.endpoint, ports: fc.array(port, { minLength: 1, maxLength: 3 }) })
      .map(({ acs, ports }): DeviceSpec => ({ switch: NAME, upstream: { acs }, ports }))
    return fc.array(fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 2, arbitrary: fork }), { maxLength: 1 })
  }
  const rootPort = fc
    .record({ acs: choice.port, below: link(2) })
    .map((port): DeviceSpec => ({ rootPort: NAME, ...port }))
  const host = fc.record({
    devices: fc.array(fc.oneof({ weight: 4, arbitrary: rootPort }, { weight: 1, arbitrary: endpoint }), {
      maxLength: 3,
    }),
    offset: fc.boolean(),
  })
  return fc
    .record({ hosts: fc.array(host, { minLength: 1, maxLength: 2 }), listed: fc.boolean() })
    .map(({ hosts, listed }) => ({
      hostBridges: named(hosts.map(({ devices, offset }, i) => asBridge(devices, offset, listed, i))),
    }))
}

/** Names are unique, which the shape alone does not make sure of. */
function named(bridges: readonly HostBridgeSpec[]): HostBridgeSpec[] {
  let count = 0
  return JSON.parse(JSON.stringify(bridges), (_key, value: unknown) =>
    value === NAME ? `d${count++}` : value,
  ) as HostBridgeSpec[]
}
