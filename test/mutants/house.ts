/** The machine on which mutants run: a drive that lends its BAR, and a NIC that borrows it. As small as shows a bug. */
import {
  type Actor,
  buildTopology,
  compose,
  type EndpointSpec,
  type Expected,
  type FactsChange,
  type Plugin,
  type Scenario,
  type Step,
  type StepValue,
  type System,
  type TopologySpec,
} from '@barter/core'
import { vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { iommu } from '@barter/platform-iommu'
import { sim } from '@barter/sim'
import { nic, type NicOptions } from './nic.ts'

export const PATHS = ['switch', 'iommu'] as const
export type Path = (typeof PATHS)[number]

/** What a story needs to be told, and what a mutation changes of it. */
export interface House {
  /** The NIC beside the drive below one switch, or below a root port of its own and behind an IOMMU. */
  readonly path?: Path
  readonly vfio?: VfioPciOptions
  readonly nic?: NicOptions
  /** Driver of the drive; `vfio-pci` unless given. */
  readonly lender?: string
  /** Driver of the NIC; `nic` unless given. */
  readonly driver?: string
  readonly plugins?: readonly Plugin[]
  readonly facts?: FactsChange
  /** Another machine; it has an `nvme` and a `nic`. */
  readonly machine?: TopologySpec
  /** The drive, where it is not the usual one. */
  readonly drive?: Partial<EndpointSpec>
  /** Further devices that take part, each with its driver. */
  readonly also?: Readonly<Record<string, string>>
  /** Around the exporter, from outside. */
  readonly wrap?: (exporter: Plugin) => Plugin
}

const borrower = { endpoint: 'nic', class: 'nic' } as const
const DRIVE: EndpointSpec = {
  endpoint: 'nvme',
  class: 'nvme',
  bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }],
}

const buildMachine = (path: Path, drive: EndpointSpec) =>
  buildTopology({
    // Its root complex is one that forwards between root ports.
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'rp0',
            below: [
              { switch: 'sw', ports: [{ below: [drive] }, ...(path === 'switch' ? [{ below: [borrower] }] : [])] },
            ],
          },
          { rootPort: 'rp1', below: path === 'switch' ? [] : [borrower] },
        ],
      },
    ],
  })

const built = new Map<string, ReturnType<typeof buildMachine>>()

function machineOf({ path = 'switch', drive, machine }: House): ReturnType<typeof buildMachine> {
  const key = JSON.stringify([path, drive, machine])
  const made =
    built.get(key) ?? (machine === undefined ? buildMachine(path, { ...DRIVE, ...drive }) : buildTopology(machine))
  built.set(key, made)
  return made
}

export function systemOf(house: House): System {
  const { path = 'switch', vfio = {}, nic: wrong = {}, plugins = [], facts, wrap } = house
  const exporter = vfioPci(vfio)
  return compose({
    topology: machineOf(house).topology,
    plugins: [
      sim(),
      wrap === undefined ? exporter : wrap(exporter),
      nic(wrong),
      ...(path === 'iommu' ? [iommu({ strict: true })] : []),
      ...plugins,
    ],
    ...(facts === undefined ? {} : { facts }),
  })
}

type Words = { readonly as?: string; readonly expect?: readonly Expected[] } & Readonly<Record<string, StepValue>>
export type Actors = Readonly<Record<string, readonly Step[]>>

export function step(verb: string, target: string, { as, expect, ...args }: Words = {}): Step {
  return {
    verb,
    target,
    args,
    ...(as === undefined ? {} : { as }),
    ...(expect === undefined ? {} : { expect }),
  }
}

/** The actors share one process, so that they name each other's things. */
export function scenarioOf(title: string, actors: Actors, house: House): Scenario {
  const { lender = 'vfio-pci', driver = 'nic', also = {} } = house
  const { names } = machineOf(house)
  const at = (name: string) => {
    const bdf = names.get(name)
    if (bdf === undefined) throw new Error(`the machine has no ${name}`)
    return bdf
  }
  return {
    title,
    devices: Object.fromEntries(
      Object.entries({ nvme: lender, nic: driver, ...also }).map(([name, bound]) => [
        name,
        { at: at(name), driver: bound },
      ]),
    ),
    actors: Object.entries(actors).map(([name, steps]): Actor => ({ name, steps, process: 'qemu' })),
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}
