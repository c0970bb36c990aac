/** A machine with something of everything, and every driver: for stories that need more than one drive and one switch. */
import { type Actor, buildTopology, compose, type Explorable, type FactsChange, type Plugin } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { uverbs } from '@barter/exporter-uverbs'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { iommufd } from '@barter/importer-iommufd'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { mapResource } from '@barter/legacy-map-resource'
import { pgmap } from '@barter/legacy-pgmap'
import { type1 } from '@barter/legacy-type1'
import { iommu, type IommuOptions } from '@barter/platform-iommu'
import { sim } from '@barter/sim'
import fail from '../../examples/findings/fail.js'

const bar = (length: string) => [{ index: 0, length, kind: 'mem64pref' as const }]
const SEPARATES = ['SV', 'RR', 'CR', 'UF'] as const

/** `nvme` with a `twin` on its bus, `disk`, `card`, `gpu` below one switch; `far` and `virtual` with two virtual functions beside it. */
const machine = (separates: boolean) => {
  const acs = separates ? { acs: SEPARATES } : {}
  const below = [
    { endpoint: 'nvme', bars: bar('64 KiB'), functions: [{ endpoint: 'twin', bars: bar('64 KiB') }] },
    { endpoint: 'disk', bars: bar('16 MiB') },
    { endpoint: 'card', bars: bar('16 KiB') },
    { endpoint: 'gpu', bars: bar('16 KiB') },
  ]
  return buildTopology({
    cpu: { vendor: 'AuthenticAMD', family: 0x17, arch: 'x86_64' },
    memory: '1 GiB',
    ...(separates ? { iommu: 'translated' as const } : {}),
    hostBridges: [
      {
        id: '1022:1450',
        devices: [
          {
            rootPort: 'root',
            ...acs,
            below: [{ switch: 'switch', ports: below.map((one) => ({ ...acs, below: [one] })) }],
          },
          { rootPort: 'other', ...acs, below: [{ endpoint: 'far', bars: bar('16 KiB') }] },
          {
            rootPort: 'third',
            ...acs,
            below: [{ endpoint: 'physical', bars: bar('64 KiB'), vfs: { count: 2, bars: bar('16 KiB') } }],
          },
        ],
      },
    ],
  })
}

const MACHINES = { apart: machine(true), direct: machine(false) }

export interface Story {
  /** Driver of each; none for those without. */
  readonly devices: Readonly<Record<string, string>>
  readonly actors: readonly Actor[]
  /** Behind an IOMMU. */
  readonly isApart?: boolean
  /** A place of the kernel that fails, once unless `fails` says how often. */
  readonly fault?: string
  readonly fails?: number
  readonly world?: World
}

/** What the machine and its kernel are like, beside the drivers. */
export interface World {
  /** Options of the IOMMU, for stories behind one. */
  readonly iommu?: IommuOptions
  readonly plugins?: readonly Plugin[]
  readonly facts?: FactsChange
}

export function subjectOf({ devices, actors, isApart = false, fault, fails = 1, world = {} }: Story): Explorable {
  const { topology, names } = isApart ? MACHINES.apart : MACHINES.direct
  const plugins: readonly Plugin[] = [
    sim(),
    vfioPci(),
    uverbs(),
    mapResource(),
    pgmap(),
    rdma(),
    drm(),
    probe(),
    iommufd(),
    type1(),
    ...(world.plugins ?? []),
    ...(isApart ? [iommu({ mode: 'translated', ...world.iommu })] : []),
    ...(fault === undefined ? [] : [fail({ point: fault, times: fails, device: undefined, errno: undefined })]),
  ]
  const bound = Object.entries(devices).map(([name, driver]) => {
    const at = names.get(name)
    if (at === undefined) throw new Error(`there is no ${name}`)
    return [name, driver === '' ? { at } : { at, driver }] as const
  })
  const scenario = { title: 'a story', devices: Object.fromEntries(bound), actors, expect: [] }
  return explorableOf(compose({ topology, plugins, ...(world.facts && { facts: world.facts }) }), scenario)
}
