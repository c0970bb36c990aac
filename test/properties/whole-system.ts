/** Everything together, as the command line would compose it. */
import { compose, type FactsChange, type IommuMode, type Plugin, type System, type Topology } from '@barter/core'
import { vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { acs, type AcsMode } from '@barter/platform-acs'
import { iommu } from '@barter/platform-iommu'
import { sim } from '@barter/sim'

export interface Surroundings {
  readonly iommu: IommuMode
  /** As found unless given. */
  readonly acs?: AcsMode
  readonly facts?: FactsChange
  readonly plugins?: readonly Plugin[]
  readonly vfio?: VfioPciOptions
}

export function wholeSystem(
  topology: Topology,
  { iommu: mode, acs: acsMode, facts, plugins = [], vfio }: Surroundings,
): System {
  return compose({
    topology,
    plugins: [
      sim(),
      ...plugins,
      acs({ mode: acsMode ?? 'as-found' }),
      iommu({ mode }),
      vfioPci(vfio),
      rdma(),
      drm(),
      probe(),
    ],
    facts: { ...facts, iommu: { mode, strict: false } },
  })
}
