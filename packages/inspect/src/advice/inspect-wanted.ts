/** Advice and imagined changes as reports. */
import { p2pVerdict, type Topology } from '@barter/core'
import { pairReport } from '../report/pair-report.ts'
import { matrixDevices } from '../report/pairs.ts'
import { type Inspection, inspectTopology } from '../report/report.ts'
import type { DeviceChoice } from '../report/choose-devices.ts'
import { compareMachines, type MachineChange } from './compare-machines.ts'
import { type Advice, adviseWanted, type WantOptions } from './want.ts'
import { applyChange } from './what-if.ts'

export type AdvisedInspection = Inspection & { readonly advice: Advice }

/** The wanted pairs as they are today, and the advice. **Errors** as `adviseWanted`. */
export function inspectWanted(
  topology: Topology,
  names: readonly string[],
  options: WantOptions = {},
): AdvisedInspection {
  const advice = adviseWanted(topology, names, options)
  return {
    ...inspectTopology(topology, { pairs: 'none' }),
    pairs: advice.pairs.map(({ provider, client }) => {
      const verdict = p2pVerdict(topology, topology.get(provider), topology.get(client))
      return pairReport(topology, verdict, { detailed: false })
    }),
    advice,
  }
}

/**
 * The machine after the changes, one after the other, and what they did.
 *
 * **Shape** IOMMU groups that the capture tells are those of before, so the changed machine has none.
 * **Errors** as `applyChange`.
 */
export function imagine(
  topology: Topology,
  changes: readonly string[],
  choice: 'interesting' | 'all' | DeviceChoice = 'interesting',
): { readonly topology: Topology; readonly change: MachineChange } {
  const after = changes.reduce(applyChange, topology)
  const devices = matrixDevices(topology, choice).map(({ bdf }) => bdf)
  return {
    topology: after.mapFunctions(({ iommuGroup: _, ...fn }) => fn),
    change: compareMachines(topology, after, devices, changes),
  }
}
