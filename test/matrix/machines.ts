/** The machines of the matrix: where importer and lender sit, and what the root complex is known for. */
import { type Bdf, buildTopology, type DeviceSpec, type EndpointSpec, type Topology } from '@barter/core'
import { expect } from 'vitest'

export interface MachineRow {
  readonly row: string
  readonly topology: Topology
  readonly at: (name: string) => Bdf
}

const BAR = { index: 0, length: '2 MiB', kind: 'mem64' } as const
const PORT = ['SV', 'RR', 'CR', 'UF'] as const

/** `lender` is a function of PCI Express, `old` one behind a PCI bridge, which has its reset in the AF capability. */
const lender: EndpointSpec = { endpoint: 'lender', class: 'nvme', bars: [BAR] }
const old: DeviceSpec = {
  pciBridge: 'bridge',
  below: [{ endpoint: 'old', class: 'accelerator', bars: [BAR], flr: true }],
}
const importer: EndpointSpec = { endpoint: 'importer', class: 'gpu', bars: [{ ...BAR, length: '64 KiB' }] }

const port = (name: string, below: readonly DeviceSpec[]): DeviceSpec => ({
  rootPort: name,
  acs: 'off',
  acsCapability: PORT,
  below,
})
const switchPort = (name: string, device: DeviceSpec) => ({
  port: name,
  acs: 'off' as const,
  acsCapability: PORT,
  below: [device],
})
const box = (devices: readonly DeviceSpec[]): DeviceSpec => ({
  switch: 'box',
  ports: devices.map((device, i) => switchPort(`p${i}`, device)),
})

/** **Shape** one list of root ports for each host bridge. */
const PLACES: Readonly<Record<string, readonly (readonly DeviceSpec[])[]>> = {
  'one switch': [[port('rp0', [box([lender, importer, old])])]],
  'two root ports': [[port('rp0', [box([lender, old])]), port('rp1', [importer])]],
  'two host bridges': [[port('rp0', [box([lender, old])])], [port('rp1', [importer])]],
}

const ZEN = { vendor: 'AuthenticAMD', family: 0x17 }
const INTEL = { vendor: 'GenuineIntel', family: 6 }
const ROOTS: Readonly<Record<string, { readonly cpu: typeof ZEN; readonly id?: string }>> = {
  Zen: { cpu: ZEN },
  'a listed bridge': { cpu: INTEL, id: '8086:2030' },
  'a bridge listed for itself': { cpu: INTEL, id: '8086:3c00' },
  'an unknown bridge': { cpu: INTEL, id: '8086:29c0' },
}

export const MACHINES: readonly MachineRow[] = Object.entries(PLACES).flatMap(([place, bridges]) =>
  Object.entries(ROOTS).map(([root, { cpu, id }]): MachineRow => {
    const { topology, names } = buildTopology({
      cpu,
      memory: '1 GiB',
      hostBridges: bridges.map((devices, i) => ({
        ...(i === 0 ? {} : { bus: 0x80 }),
        ...(id === undefined ? {} : { id }),
        devices,
      })),
    })
    return { row: `${place}, ${root}`, topology, at: (name) => names.get(name) ?? expect.fail(name) }
  }),
)
