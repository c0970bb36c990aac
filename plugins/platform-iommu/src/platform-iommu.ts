/** The plugin: an IOMMU in the root complex, and the kernel that drives it. */
import {
  type Facts,
  IOMMU_DOMAINS,
  type IommuMode,
  FACTS,
  parseBdf,
  type Plugin,
  TOPOLOGY,
  token,
  type Topology,
} from '@barter/core'
import { iommuDevice, iommuGranule, iommuGroups, iommuMode } from './errors.ts'
import { GRANULES, GROUP_POLICIES, IOMMU_MODES, type IommuOptions } from './iommu-options.ts'
import { Domains } from './software/domains.ts'
import { IommuDma } from './software/iommu-dma.ts'
import { IommuGroups } from './software/iommu-group.ts'
import { noIommu } from './software/no-iommu.ts'

const NAME = 'platform-iommu'
/** The same object as `IOMMU_DOMAINS`, as this plugin knows it. */
const RUN_DOMAINS = token<Domains>(`${NAME}:domains`)

/**
 * Put an IOMMU into the machine.
 *
 * **Errors** `UsageError` at once or at composition: `IOMMU_MODE`, `IOMMU_GRANULE`, `IOMMU_GROUPS`, `IOMMU_DEVICE`.
 * **Source** DMA-1, DMA-5 to DMA-10, HAZ-6, HAZ-13, HAZ-16.
 */
export function iommu(options: IommuOptions = {}): Plugin {
  const { mode, granule = 4096, identity = [] } = options
  if (mode !== undefined && !IOMMU_MODES.includes(mode)) throw iommuMode(mode)
  if (!GRANULES.includes(granule)) throw iommuGranule(granule)
  const { groups } = options
  if (groups !== undefined && !GROUP_POLICIES.includes(groups)) throw iommuGroups(groups)
  const made = new WeakMap<Facts, IommuGroups>()
  const groupsOf = (topology: Topology, facts: Facts): IommuGroups => {
    const policy = facts.iommu.groups ?? (facts.switches.has('BUG-44') ? 'kernel-7.3' : 'ideal')
    const groups = made.get(facts) ?? new IommuGroups(topology, identity, policy)
    made.set(facts, groups)
    return groups
  }
  return {
    name: NAME,
    apply: ({ hooks, scope }) => {
      hooks.facts.tap(NAME, (facts, topology) => {
        checkDevices(identity, topology)
        const strict = options.strict ?? facts.iommu.strict
        const own = options.groups ?? facts.iommu.groups
        const groups = own === undefined ? {} : { groups: own }
        return { ...facts, iommu: { mode: modeOf(mode, facts, topology), strict, ...groups } }
      })
      scope.provide(RUN_DOMAINS, (run) => new Domains(run, groupsOf(run.get(TOPOLOGY), run.get(FACTS)), granule))
      scope.provide(IOMMU_DOMAINS, (run) => (run.get(FACTS).iommu.mode === 'none' ? noIommu : run.get(RUN_DOMAINS)))
      hooks.platform.tap(NAME, (platform, run) => {
        if (run.get(FACTS).iommu.mode === 'none') return platform
        const domains = run.get(RUN_DOMAINS)
        return { ...platform, dma: new IommuDma(run, platform.dma, domains), iommu: domains.unit }
      })
    },
  }
}

/** What the person says, else what facts or topology tell; a machine that tells nothing has one because of this plugin. */
function modeOf(wanted: IommuMode | undefined, facts: Facts, topology: Topology): IommuMode {
  if (wanted !== undefined) return wanted
  if (facts.iommu.mode !== 'none') return facts.iommu.mode
  return topology.iommu?.mode ?? 'translated'
}

function checkDevices(names: readonly string[], topology: Topology): void {
  for (const name of names) {
    const bdf = parseBdf(name)
    if (bdf === undefined || topology.find(bdf) === undefined) {
      throw iommuDevice(
        name,
        topology.functions.map((fn) => fn.bdf),
      )
    }
  }
}
