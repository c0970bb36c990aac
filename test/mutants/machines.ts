/** Machines on which map types and addresses are judged. */
import type { AcsSpec, AcsBit, EndpointSpec, PortSpec, TopologySpec } from '@barter/core'

const nvme = (more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  endpoint: 'nvme',
  class: 'nvme',
  bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }],
  ...more,
})
const nic: EndpointSpec = { endpoint: 'nic', class: 'nic' }

export interface SwitchAcs {
  readonly upstream?: AcsSpec
  readonly port?: AcsSpec
  readonly capability?: readonly AcsBit[]
}

const AMD = { vendor: 'AuthenticAMD', family: 0x17 }

/** Both below one switch, of whose ports the ACS is given. */
export const oneSwitch = (
  { upstream, port, capability }: SwitchAcs,
  drive: Partial<EndpointSpec> = {},
): TopologySpec => {
  const acs = {
    ...(port === undefined ? {} : { acs: port }),
    ...(capability === undefined ? {} : { acsCapability: capability }),
  }
  const ports: readonly PortSpec[] = [
    { ...acs, below: [nvme(drive)] },
    { ...acs, below: [nic] },
  ]
  return {
    cpu: AMD,
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'rp0',
            below: [{ switch: 'sw', ...(upstream === undefined ? {} : { upstream: { acs: upstream } }), ports }],
          },
        ],
      },
    ],
  }
}

/** Drive and NIC as two functions of one device below a root port. */
export const oneDevice = (acs: AcsSpec, port: AcsSpec = 'off'): TopologySpec => ({
  cpu: AMD,
  hostBridges: [
    { devices: [{ rootPort: 'rp0', acs: port, below: [nvme({ acs, functions: [{ ...nic, acs: 'none' }] })] }] },
  ],
})

/** Each below a host bridge of its own. */
export const twoBridges = (cpu: NonNullable<TopologySpec['cpu']>, first: string, second: string): TopologySpec => ({
  cpu,
  hostBridges: [
    { id: first, devices: [{ rootPort: 'rp0', below: [nvme()] }] },
    { id: second, devices: [{ rootPort: 'rp1', below: [nic] }] },
  ],
})

/** One switch behind two windows, each with bus addresses of its own; what is prefetchable lies in the high one. */
export const withOffsets = (bars: NonNullable<EndpointSpec['bars']>): TopologySpec => ({
  memory: [{ start: 0, length: '1 GiB' }],
  cpu: AMD,
  hostBridges: [
    {
      windows: [
        { start: '0x80000000', length: '256 MiB', busOffset: '-0x70000000' },
        { start: '0x100000000000', length: '64 GiB', bus: '0x4000000000' },
      ],
      inbound: [{ bus: '0x100000000000', start: 0, length: '1 GiB' }],
      devices: [{ rootPort: 'rp0', below: [{ switch: 'sw', ports: [{ below: [nvme({ bars })] }, { below: [nic] }] }] }],
    },
  ],
})

/** The drive is a conventional function, whose reset is that of the AF capability. */
export const CONVENTIONAL: TopologySpec = {
  cpu: AMD,
  hostBridges: [
    {
      devices: [
        { rootPort: 'rp0', below: [{ pciBridge: 'bridge', below: [nvme({ pcie: false, flr: true })] }] },
        { rootPort: 'rp1', below: [nic] },
      ],
    },
  ],
}

/** A second drive on a root port of its own. */
export const twoDrives: TopologySpec = {
  cpu: AMD,
  hostBridges: [
    {
      devices: [
        { rootPort: 'rp0', below: [{ switch: 'sw', ports: [{ below: [nvme()] }, { below: [nic] }] }] },
        { rootPort: 'rp1', below: [nvme({ endpoint: 'far' })] },
      ],
    },
  ],
}

const inDomain = (domain: number, drives: readonly EndpointSpec[], endpoint: string) => ({
  domain,
  devices: [
    {
      rootPort: `rp${domain}`,
      below: [{ switch: `sw${domain}`, ports: [{ below: [{ ...nic, endpoint }] }, { below: drives }] }],
    },
  ],
})

/** A NIC in each of two domains, under the same number. */
export const twoDomains: TopologySpec = {
  cpu: AMD,
  hostBridges: [inDomain(0, [nvme()], 'nic'), inDomain(1, [], 'namesake')],
}
