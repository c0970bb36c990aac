/** A machine with an iommufd in it, and steps of a program that uses it, written short. */
import {
  type Actor,
  buildTopology,
  compose,
  type Expectation,
  type FactsChange,
  type Report,
  type Step,
  type StepValue,
  type TopologySpec,
} from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { iommufd } from '@barter/importer-iommufd'
import { probe } from '@barter/importer-probe'
import { type1 } from '@barter/legacy-type1'
import { iommu, type IommuOptions } from '@barter/platform-iommu'
import { runScenario, sim } from '@barter/sim'
import { expect } from 'vitest'

const endpoint = (name: string) => ({ endpoint: name, bars: [{ index: 0, length: '64 KiB' }] })
const belowItsOwnPort = (name: string) => ({ rootPort: `${name}-port`, below: [endpoint(name)] })

export const SIZE = 0x1_0000

/** Three devices below root ports of their own, on an AMD Zen unless told. */
export const APART: TopologySpec = {
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  hostBridges: [{ id: '1022:1450', devices: ['disk', 'nic', 'gpu'].map(belowItsOwnPort) }],
}

/** Two of them below one switch that does not redirect, so of one group; and one elsewhere. */
export const NEAR: TopologySpec = {
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  hostBridges: [
    {
      id: '1022:1450',
      devices: [
        {
          rootPort: 'root',
          acs: ['SV', 'RR', 'CR', 'UF'],
          below: [{ switch: 'switch', ports: [{ below: [endpoint('disk')] }, { below: [endpoint('nic')] }] }],
        },
        { rootPort: 'other', below: [endpoint('gpu')] },
      ],
    },
  ],
}

export interface Told {
  readonly spec?: TopologySpec
  readonly iommu?: IommuOptions
  readonly facts?: FactsChange
  /** Driver of each device; vfio-pci unless told. */
  readonly drivers?: Readonly<Record<string, string>>
}

/** Actors that run at the same time. **Shape** gives the run of a seed. */
export function story(
  actors: readonly Actor[],
  { spec = APART, iommu: options = {}, facts, drivers = {} }: Told = {},
  expected: readonly Expectation[] = [],
): (seed: number) => Report {
  const { topology, names } = buildTopology({ memory: '1 GiB', ...spec })
  const plugins = [sim(), vfioPci(), probe(), type1(), iommufd(), iommu(options)]
  const system = compose({ topology, plugins, ...(facts === undefined ? {} : { facts }) })
  const devices = Object.fromEntries(
    ['disk', 'nic', 'gpu'].map((name) => [
      name,
      { at: names.get(name) ?? expect.fail(name), driver: drivers[name] ?? 'vfio-pci' },
    ]),
  )
  return (seed) => runScenario(system, { title: 'iommufd', devices, actors, expect: expected }, { seed })
}

/** One program's steps, one after the other. */
export const tell = (steps: readonly Step[], told: Told = {}): Report => story([{ name: 'vmm', steps }], told)(1)

type Args = Readonly<Record<string, StepValue>>

export const step = (verb: string, target: string, args: Args = {}, as?: string): Step => ({
  verb,
  target,
  args,
  ...(as === undefined ? {} : { as }),
})

/** `ok`, or the errno, of each step. */
export const endings = ({ outcomes }: Report): readonly string[] =>
  outcomes.map(({ result }) => (result.kind === 'errno' ? result.errno : result.kind))

/** What the last step gave. */
export function lastValue({ outcomes }: Report): unknown {
  const result = outcomes.at(-1)?.result
  if (result?.kind === 'ok') return result.value
  throw new Error(`the last step ended as ${JSON.stringify(result)}`)
}

/** An iommufd with one address space, and devices bound to it. */
export const opened = (...devices: readonly string[]): readonly Step[] => [
  step('open', '/dev/iommu', {}, 'fd'),
  step('ioasAlloc', 'fd', {}, 'space'),
  ...devices.flatMap((device) => [
    step('open', device, { cdev: true }, `${device}-file`),
    step('bindIommufd', `${device}-file`, { iommufd: 'fd' }),
  ]),
]

export const attach = (device: string, ioas = 'space'): Step => step('attachIoas', `${device}-file`, { ioas })
export const lend = (as = 'buf', args: Args = {}): Step => step('export', 'disk-file', { bar: 0, ...args }, as)
export const put = (iova: StepValue, args: Args = {}): Step =>
  step('ioasMapFile', 'space', { buffer: 'buf', iova, ...args })
export const take = (iova: number, length = SIZE): Step => step('ioasUnmap', 'space', { iova, length })
export const lookUp = (device: string, address: number): Step => step('iommuLookup', device, { address })
/** The memory bit of the lender: off revokes, on brings back. */
export const memory = (on: boolean): Step =>
  step('configWrite', 'disk-file', { register: 'command', value: on ? 0x6 : 0x4 })
