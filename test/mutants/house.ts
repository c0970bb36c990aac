/** The machine on which mutants run: a drive that lends its BAR, and a NIC that borrows it. As small as shows a bug. */
import {
  type Actor,
  buildTopology,
  compose,
  type Expected,
  type FactsChange,
  type Plugin,
  type Scenario,
  type Step,
  type StepValue,
  type System,
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
  /** Driver of the NIC; `nic` unless given. */
  readonly driver?: string
  readonly plugins?: readonly Plugin[]
  readonly facts?: FactsChange
  /** Around the exporter, from outside. */
  readonly wrap?: (exporter: Plugin) => Plugin
}

const borrower = { endpoint: 'nic', class: 'nic' } as const
const drive = { endpoint: 'nvme', class: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] } as const

const builtOf = (path: Path) =>
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

const BUILT = { switch: builtOf('switch'), iommu: builtOf('iommu') }

export function systemOf({ path = 'switch', vfio = {}, nic: wrong = {}, plugins = [], facts, wrap }: House): System {
  const exporter = vfioPci(vfio)
  return compose({
    topology: BUILT[path].topology,
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
export function scenarioOf(title: string, actors: Actors, { path = 'switch', driver = 'nic' }: House): Scenario {
  const at = (name: string) => {
    const bdf = BUILT[path].names.get(name)
    if (bdf === undefined) throw new Error(`the machine has no ${name}`)
    return bdf
  }
  return {
    title,
    devices: { nvme: { at: at('nvme'), driver: 'vfio-pci' }, nic: { at: at('nic'), driver } },
    actors: Object.entries(actors).map(([name, steps]): Actor => ({ name, steps, process: 'qemu' })),
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}
