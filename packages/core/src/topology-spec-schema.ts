/**
 * JSON Schema of a topology spec, strict about unknown keys. It knows the shape only; what hangs on several fields at
 * once (sizes that fit, names that are unique) is for `buildTopology` to say.
 */
import { ACS_BITS } from './acs.ts'
import type {
  BarSpec,
  CpuSpec,
  EndpointSpec,
  FunctionSpec,
  HostBridgeSpec,
  InboundSpec,
  MemorySpec,
  MsixSpec,
  PciBridgeSpec,
  PortSpec,
  RootPortSpec,
  SwitchSpec,
  TopologySpec,
  VfsSpec,
  WindowSpec,
} from './topology-spec/spec.ts'

const size = (description: string) => ({
  description: `${description} In bytes as a number, hex as 0x4000, or with a unit as 64 MiB.`,
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^\\s*(0[xX][0-9a-fA-F_]+|[0-9_]+(\\.[0-9_]+)?\\s*([kKmMgGtT][iI][bB]|[bB])?)\\s*$' },
  ],
})

const text = (description: string) => ({ description, type: 'string', minLength: 1 })
const flag = (description: string) => ({ description, type: 'boolean' })
const whole = (description: string, minimum: number, maximum: number) => ({
  description,
  type: 'integer',
  minimum,
  maximum,
})
const list = (of: string, description: string) => ({ description, type: 'array', items: { $ref: `#/$defs/${of}` } })

/** Every field of `T` and no other, so that the schema and the types cannot drift apart. */
type Fields<T> = { readonly [K in keyof Required<T>]: unknown }
const record = <T>(description: string, required: readonly (string & keyof T)[], properties: Fields<T>) => ({
  description,
  type: 'object',
  additionalProperties: false,
  required,
  properties,
})

const slot = {
  device: whole('Device number on its bus; the first one free unless given.', 0, 31),
  function: whole('Function number; 0 unless given.', 0, 7),
}
const fn = {
  id: {
    description: 'Vendor and device in hex, 1b36:0010.',
    type: 'string',
    pattern: '^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$',
  },
  acs: {
    description:
      'none: no ACS capability. off: the capability, nothing switched on. Else the control bits that are on.',
    anyOf: [{ enum: ['none', 'off'] }, { $ref: '#/$defs/acsBits' }],
  },
  acsCapability: { $ref: '#/$defs/acsBits' },
}
const below = list('device', 'What hangs below.')

/** The key that says what a device is, which is also where its fields are written. */
const KINDS = ['rootPort', 'switch', 'endpoint', 'pciBridge'] as const
const has = (key: string) => ({ type: 'object', properties: { [key]: true }, required: [key] })

export const topologySpecSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Barter topology',
  ...record<TopologySpec>('A PCI machine: its CPU, memory and host bridges with the devices below.', ['hostBridges'], {
    cpu: { $ref: '#/$defs/cpu' },
    memory: {
      description: 'RAM: how much, or each range. 4 GiB unless given.',
      anyOf: [size('How much, laid out as on a PC.'), list('memory', 'Each range.')],
    },
    iommu: { description: 'What the IOMMU does for devices by default.', enum: ['none', 'identity', 'translated'] },
    hostBridges: list('hostBridge', 'Root complexes; each begins a tree.'),
  }),
  $defs: {
    acsBits: {
      description: 'Bits of Access Control Services, as lspci and the kernel shorten them.',
      type: 'array',
      uniqueItems: true,
      items: { enum: Object.keys(ACS_BITS) },
    },
    cpu: record<CpuSpec>('The CPU, as the kernel asks for it. Intel x86-64 unless given.', [], {
      vendor: text('cpuid vendor: AuthenticAMD, GenuineIntel, HygonGenuine.'),
      family: whole('cpuid family: 0x17 is the first Zen.', 0, 0xfff),
      arch: text('Linux architecture: x86_64, arm64, riscv64, ppc64.'),
      name: text('For people.'),
    }),
    memory: record<MemorySpec>('One range of RAM.', ['start', 'length'], {
      start: size('CPU address of the first byte.'),
      length: size('How much.'),
    }),
    hostBridge: record<HostBridgeSpec>('A host bridge and what is on its root bus.', [], {
      domain: whole('PCI domain; 0 unless given.', 0, 0xffff_ffff),
      bus: whole('Root bus; the first one free in its domain unless given.', 0, 255),
      id: { ...fn.id, description: 'Vendor and device of the function at 00.0 that stands for it: 8086:29c0.' },
      window: { $ref: '#/$defs/window' },
      windows: list('window', 'What it decodes. Placed automatically unless given.'),
      inbound: list('inbound', 'Bus addresses of devices that reach other CPU addresses.'),
      routesPeers: flag('Hardware fact: it carries requests from device to device.'),
      devices: list('device', 'What is on the root bus.'),
    }),
    window: record<WindowSpec>('Addresses that a host bridge decodes.', ['start', 'length'], {
      start: size('CPU address of the first byte.'),
      length: size('How many, in whole MiB.'),
      bus: size('Bus address of the first byte; the CPU address unless given.'),
      busOffset: {
        description: 'Bus address minus CPU address, in place of bus; may be negative.',
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\s*-?\\s*[0-9]' }],
      },
    }),
    inbound: record<InboundSpec>('Inbound translation.', ['bus', 'start', 'length'], {
      bus: size('First address as a device emits it.'),
      start: size('CPU address that it reaches.'),
      length: size('How many.'),
    }),
    device: {
      description: 'One device: a rootPort, switch, endpoint or pciBridge, under its name.',
      type: 'object',
      // One branch by the key that is there, so that a mistake is reported for that kind of device alone.
      oneOf: KINDS.map(has),
      allOf: KINDS.map((key) => ({ if: has(key), then: { $ref: `#/$defs/${key}` } })),
    },
    function: record<FunctionSpec>('A function of a switch.', [], fn),
    rootPort: record<RootPortSpec>('A root port.', ['rootPort'], {
      rootPort: text('Its name.'),
      ...slot,
      ...fn,
      externalFacing: flag('What hangs below is not trusted.'),
      below,
    }),
    switch: record<SwitchSpec>('A switch, below a root port or a port of another.', ['switch', 'ports'], {
      switch: text('Name of its upstream port.'),
      ...slot,
      upstream: { $ref: '#/$defs/function' },
      ports: list('port', 'Its downstream ports.'),
      functions: list('endpoint', 'Endpoints beside the upstream port, as functions 1 and on.'),
    }),
    port: record<PortSpec>('A downstream port.', [], { port: text('Its name.'), ...slot, ...fn, below }),
    pciBridge: record<PciBridgeSpec>('A bridge to conventional PCI.', ['pciBridge'], {
      pciBridge: text('Its name.'),
      ...slot,
      ...fn,
      below,
    }),
    endpoint: record<EndpointSpec>('A device that is no bridge.', ['endpoint'], {
      endpoint: text('Its name.'),
      ...slot,
      ...fn,
      class: {
        description: 'A word, or the 24 bits of the class code.',
        anyOf: [
          { enum: ['nvme', 'nic', 'gpu', 'accelerator'] },
          { type: 'integer', minimum: 0, maximum: 0xff_ffff },
          { type: 'string', pattern: '^0x[0-9a-fA-F]{1,6}$' },
        ],
      },
      bars: list('bar', 'Base address registers.'),
      pcie: flag('PCI Express; so unless it sits below a PCI bridge.'),
      flr: flag('Offers function level reset; so on PCI Express unless given.'),
      pmReset: flag('Going through D3hot resets it.'),
      msix: { $ref: '#/$defs/msix' },
      vfs: { $ref: '#/$defs/vfs' },
      driver: text('Driver bound to it.'),
      dmaMaskBits: whole('Bits of address that it can emit.', 1, 64),
      nonMappableBars: flag('Its BARs can be reached neither by the CPU nor by peers.'),
      functions: list('endpoint', 'Functions 1 and on of the same device.'),
    }),
    bar: record<BarSpec>('One BAR.', ['index', 'length'], {
      index: whole('Register; a 64-bit BAR takes the next one too.', 0, 5),
      length: size('A power of two.'),
      kind: { description: 'mem64 unless given.', enum: ['io', 'mem32', 'mem32pref', 'mem64', 'mem64pref'] },
      start: size('CPU address; assigned unless given.'),
    }),
    msix: record<MsixSpec>('MSI-X interrupts.', ['vectors', 'bar'], {
      vectors: whole('Entries of the table.', 1, 2048),
      bar: whole('BAR that holds the table and the pending bits.', 0, 5),
      offset: size('Of the table in the BAR; 0 unless given.'),
    }),
    vfs: record<VfsSpec>('Virtual functions, named <name>-vf0 and on.', ['count'], {
      count: whole('How many.', 1, 255),
      deviceId: size('Device id.'),
      bars: list('bar', 'BARs of one virtual function, 4 KiB or more each.'),
      driver: text('Driver bound to each.'),
    }),
  },
} as const
