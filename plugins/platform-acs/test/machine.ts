import { expect } from 'vitest'
import { buildTopology, compose, parseBdf, type Plugin, readAcs, type Topology, type TopologySpec } from '@barter/core'

/** Two endpoints below one switch, one beside it below an external-facing root port. */
export const spec: TopologySpec = {
  hostBridges: [
    {
      id: '8086:29c0',
      devices: [
        {
          rootPort: 'rp0',
          acs: ['SV'],
          below: [
            {
              switch: 'sw0',
              upstream: { acs: 'none' },
              ports: [
                { port: 'dp0', acs: ['SV', 'EC'], below: [{ endpoint: 'nvme', class: 'nvme', acs: 'none' }] },
                { port: 'dp1', acs: ['RR', 'CR'], below: [{ endpoint: 'nic', class: 'nic', acs: ['RR'] }] },
              ],
            },
          ],
        },
        { rootPort: 'rp1', externalFacing: true, below: [{ endpoint: 'guest', class: 'nic' }] },
      ],
    },
  ],
}

export const built = buildTopology(spec)

/** Control word of a function, by the name of the spec or its bdf; `null` without ACS. */
export function controlOf(topology: Topology, name: string): number | null {
  const bdf = built.names.get(name) ?? parseBdf(name) ?? expect.fail(name)
  const acs = readAcs(topology.get(bdf).config)
  return acs.kind === 'present' ? acs.control : null
}

export const bdfOf = (name: string): string => built.names.get(name) ?? expect.fail(name)

export const topologyWith = (plugin: Plugin): Topology =>
  compose({ topology: built.topology, plugins: [plugin] }).topology
