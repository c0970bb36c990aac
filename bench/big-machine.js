// A machine with many endpoints behind switches: the shape of a big GPU server, repeated.
import { buildTopology } from '@barter/core'

/** Endpoints of `2^k` machines: eight root ports a host bridge, a switch of sixteen ports below each. */
export function bigMachine(endpoints) {
  const perBridge = 128
  const hostBridges = Array.from({ length: Math.ceil(endpoints / perBridge) }, (_, bridge) => ({
    domain: bridge,
    bus: 0,
    id: '8086:09a2',
    window: { start: 0x100_0000_0000 + bridge * 0x10_0000_0000, length: 0x8_0000_0000 },
    devices: Array.from({ length: 8 }, (_, port) => ({
      rootPort: `rp${bridge}-${port}`,
      acs: port % 2 === 0 ? 'off' : ['SV', 'RR', 'CR', 'UF'],
      below: [
        {
          switch: `sw${bridge}-${port}`,
          ports: Array.from({ length: 16 }, (_, slot) => ({
            acs: slot % 3 === 0 ? ['RR'] : 'off',
            below: [
              { endpoint: `ep${bridge}-${port}-${slot}`, bars: [{ index: 0, length: 0x10_0000, kind: 'mem64pref' }] },
            ],
          })),
        },
      ],
    })),
  }))
  const { topology, names } = buildTopology({ hostBridges })
  const list = [...names]
    .filter(([name]) => name.startsWith('ep'))
    .slice(0, endpoints)
    .map(([, bdf]) => topology.get(bdf))
  return { topology, endpoints: list }
}
