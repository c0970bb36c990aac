/** A disk that lends, a card and a camera beside it below one switch, and an IOMMU: where the old ways are played. */
import {
  type AcsSpec,
  buildTopology,
  compose,
  type FactsChange,
  type HostBridgeSpec,
  type Plugin,
  type Report,
  type Scenario,
  type Step,
} from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { mapResource } from '@barter/legacy-map-resource'
import { pgmap } from '@barter/legacy-pgmap'
import { type1 } from '@barter/legacy-type1'
import { runScenario } from '@barter/sim'
import { expect } from 'vitest'

export interface House {
  readonly acs?: AcsSpec
  readonly hostBridge?: Partial<HostBridgeSpec>
  readonly intel?: boolean
  readonly plugins?: readonly Plugin[]
  readonly facts?: FactsChange
  /** By device: disk, card, camera, far. */
  readonly drivers?: Readonly<Record<string, string>>
  readonly seed?: number
}

const DRIVERS = { disk: 'vfio-pci', card: 'type1', camera: 'type1', far: 'probe' }
const OURS: readonly Plugin[] = [vfioPci(), probe(), rdma(), type1(), mapResource(), pgmap()]

const built = ({ acs = 'off', hostBridge = {}, intel = false }: House) => {
  const endpoint = (name: string) => ({
    endpoint: name,
    bars: [{ index: 0, length: '64 KiB', kind: 'mem32' as const }],
  })
  return buildTopology({
    cpu: intel ? { vendor: 'GenuineIntel', family: 6 } : { vendor: 'AuthenticAMD', family: 0x17, arch: 'x86_64' },
    memory: '1 GiB',
    hostBridges: [
      {
        id: intel ? '8086:1237' : '1022:1450',
        windows: [{ start: '0x80000000', length: '256 MiB' }],
        ...hostBridge,
        devices: [
          {
            rootPort: 'root',
            acs,
            below: [
              {
                switch: 'switch',
                ports: [
                  {
                    acs,
                    below: [
                      {
                        endpoint: 'disk',
                        class: 'nvme',
                        bars: [{ index: 0, length: '4 MiB', kind: 'mem32' }],
                      },
                    ],
                  },
                  { acs, below: [endpoint('card')] },
                  { acs, below: [endpoint('camera')] },
                ],
              },
            ],
          },
          { rootPort: 'other', acs, below: [endpoint('far')] },
        ],
      },
    ],
  })
}

/** Steps by actor, in one process. */
export function play(actors: Readonly<Record<string, readonly Step[]>>, house: House = {}): Report {
  const { topology, names } = built(house)
  const { plugins = [], facts = {}, drivers = {}, seed = 1 } = house
  const system = compose({ topology, plugins: [...OURS, ...plugins], facts })
  const at = (name: string) => names.get(name) ?? expect.fail(`no ${name}`)
  const scenario: Scenario = {
    title: 'an old way',
    devices: Object.fromEntries(
      Object.entries({ ...DRIVERS, ...drivers }).map(([name, driver]) => [name, { at: at(name), driver }]),
    ),
    actors: Object.entries(actors).map(([name, steps]) => ({ name, process: 'vmm', steps })),
    expect: [],
  }
  return runScenario(system, scenario, { seed })
}

export const step = (verb: string, target: string, args: Step['args'] = {}, as?: string): Step =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }

/** How each step ended: `ok`, `error`, or errno and rule. */
export const ends = ({ outcomes }: Report): readonly string[] =>
  outcomes.map(({ result }) => (result.kind === 'errno' ? `${result.errno} ${result.rule}` : result.kind))

export const invariants = ({ violations }: Report): readonly string[] => [
  ...new Set(violations.map(({ invariant }) => invariant)),
]
