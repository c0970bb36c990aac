/** The machine that the kit plays on. */
import {
  type Bdf,
  buildTopology,
  type EndpointSpec,
  GiB,
  type PciFunction,
  type Topology,
  type TopologySpec,
  writeCommand,
} from '@barter/core'

/** Where an importer can be: below the switch of the lent device, beside it, or on a root port of its own. */
export const PLACES = ['near', 'beside', 'far'] as const
type Place = (typeof PLACES)[number]

/** The device whose BARs are lent: 64 KiB for all that is small, 8 GiB for what does not fit one entry of a table. */
const LENT: EndpointSpec = {
  endpoint: 'nvme',
  class: 'nvme',
  bars: [
    { index: 0, length: '64 KiB', kind: 'mem64' },
    { index: 2, length: '8 GiB', kind: 'mem64pref' },
  ],
}

const APART_ON_THE_BUS = [
  { start: 0x8000_0000, length: '1 GiB', busOffset: '256 MiB' },
  { start: 4096 * GiB, length: '64 GiB', busOffset: '64 GiB' },
] as const

const BORROWS: EndpointSpec = { endpoint: 'near', class: 'accelerator', bars: [{ index: 0, length: '64 KiB' }] }

export interface MachineSpec {
  /** What is lent; `nvme` of the kit unless given. */
  readonly lends?: Partial<EndpointSpec>
  /** What borrows: one at each place. */
  readonly borrows?: Partial<EndpointSpec>
  /** Nobody is below one switch: each borrower has a root port of its own, so that the DMA API gives all addresses. */
  readonly apart?: boolean
  /** What is below 4 GiB has other addresses on the bus than for the CPU, and what is above has others again (P2P-4). */
  readonly offsets?: boolean
  /** What borrows is a bus master from the start, as where user space has it, which no driver is asked for. */
  readonly masters?: boolean
  /** What is lent decodes nothing at the start: who lends it switches that on. */
  readonly off?: boolean
  /** False: a kernel that knows no host bridge which carries packets between devices (HB-4). */
  readonly trusted?: boolean
}

export interface KitMachine {
  readonly topology: Topology
  at(name: string): Bdf
}

export function kitMachine({
  lends = {},
  borrows = {},
  trusted = true,
  apart = false,
  offsets = false,
  masters = false,
  off = false,
}: MachineSpec = {}): KitMachine {
  const borrower = (endpoint: Place): EndpointSpec => ({ ...BORROWS, ...borrows, endpoint })
  const ports = (['near', 'beside'] as const).map((place) => ({ below: [borrower(place)] }))
  const onTheirOwn = ports.map((port, i) => ({ rootPort: `rp${i + 2}`, ...port }))
  const spec: TopologySpec = {
    ...(trusted ? { cpu: { vendor: 'AuthenticAMD', family: 0x17 } } : {}),
    hostBridges: [
      {
        ...(offsets ? { windows: APART_ON_THE_BUS } : {}),
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw',
                ports: [{ below: [{ ...LENT, ...lends, endpoint: 'nvme' }] }, ...(apart ? [] : ports)],
              },
            ],
          },
          { rootPort: 'rp1', below: [borrower('far')] },
          ...(apart ? onTheirOwn : []),
        ],
      },
    ],
  }
  const { topology, names } = buildTopology(spec)
  const borrowers = PLACES.flatMap((place) => names.get(place) ?? [])
  return {
    topology: topology.mapFunctions((fn) => {
      if (off && fn.bdf === names.get('nvme')) return withCommand(fn, { io: false, memory: false, master: true })
      if (masters || !borrowers.includes(fn.bdf)) return fn
      return withCommand(fn, { io: false, memory: true, master: false })
    }),
    at: (name) => {
      const found = names.get(name)
      if (found === undefined) throw new Error(`the machine of the kit has no ${name}`)
      return found
    },
  }
}

/** Some firmware leaves on what a driver needs, and some does not: the driver switches it on by itself. */
function withCommand(fn: PciFunction, command: Parameters<typeof writeCommand>[1]): PciFunction {
  const config = fn.config.copy()
  writeCommand(config, command)
  return { ...fn, config }
}
