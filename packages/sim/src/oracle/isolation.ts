/** Which functions the IOMMU is believed to keep apart (INV-29). */
import { type Facts, runningGroups, type Topology } from '@barter/core'
import type { OracleParts } from './oracle.ts'

/** Groups as meant leave no two apart that talk past the IOMMU, so only those of the real kernel are watched (BUG-44). */
export function isolation(topology: Topology, { iommu, switches }: Facts): Pick<OracleParts, 'apart'> {
  if (iommu.mode === 'none' || !switches.has('BUG-44')) return {}
  const groups = runningGroups(topology, 'kernel-7.3')
  return { apart: (a, b) => groups.get(a) !== groups.get(b) }
}
