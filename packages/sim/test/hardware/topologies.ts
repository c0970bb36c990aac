/** Machines that many tests share, named for what they are. */
import type { AcsSpec, BarSpec, EndpointSpec, FunctionSpec, HostBridgeSpec, TopologySpec } from '@barter/core'

const BARS: readonly BarSpec[] = [
  { index: 0, length: '64 KiB' },
  { index: 2, length: '1 MiB', kind: 'mem64pref' },
]

/** An endpoint with a small and a large BAR. */
export const endpoint = (name: string, more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  endpoint: name,
  bars: BARS,
  ...more,
})

/** A NIC and an NVMe behind one switch; `nicPort` and `nvmePort` say what those ports have of ACS. */
export function oneSwitch(
  nicPort: FunctionSpec = {},
  nvmePort: FunctionSpec = {},
  bridge: Partial<HostBridgeSpec> = {},
): TopologySpec {
  return {
    hostBridges: [
      {
        routesPeers: true,
        ...bridge,
        devices: [
          {
            rootPort: 'root',
            below: [
              {
                switch: 'up',
                ports: [
                  { port: 'nicPort', ...nicPort, below: [endpoint('nic')] },
                  { port: 'nvmePort', ...nvmePort, below: [endpoint('nvme')] },
                ],
              },
            ],
          },
        ],
      },
    ],
  }
}

/** Two root ports below one host bridge, an endpoint at each. */
export const twoRootPorts = (bridge: Partial<HostBridgeSpec> = {}): TopologySpec => ({
  hostBridges: [
    {
      ...bridge,
      devices: [
        { rootPort: 'left', below: [endpoint('nic')] },
        { rootPort: 'right', below: [endpoint('nvme')] },
      ],
    },
  ],
})

/**
 * A switch below a switch: `near` and `far` at the lower one, `aside` at another port of the upper one. `joint` is the
 * port that leads to the lower switch.
 */
export function cascade(acs: { joint?: AcsSpec; near?: AcsSpec; far?: AcsSpec } = {}): TopologySpec {
  const { joint = 'off', near = 'off', far = 'off' } = acs
  return {
    hostBridges: [
      {
        routesPeers: true,
        devices: [
          {
            rootPort: 'root',
            below: [
              {
                switch: 'upper',
                ports: [
                  {
                    port: 'joint',
                    acs: joint,
                    below: [
                      {
                        switch: 'lower',
                        ports: [
                          { port: 'nearPort', acs: near, below: [endpoint('near')] },
                          { port: 'farPort', acs: far, below: [endpoint('far')] },
                        ],
                      },
                    ],
                  },
                  { port: 'asidePort', below: [endpoint('aside')] },
                ],
              },
            ],
          },
        ],
      },
    ],
  }
}
