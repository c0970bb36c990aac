/** What a change costs: whom the IOMMU no longer keeps apart. */
import { type Bdf, hasRedirect, iommuGroups, type PciFunction, readAcs, type Topology } from '@barter/core'
import { isEndpoint } from '../report/exportable.ts'

/** Sets of devices that were apart and are together now. */
export interface Union {
  readonly parts: readonly { readonly group: number | null; readonly devices: readonly Bdf[] }[]
}

export interface IsolationLoss {
  /** Is there anything to lose? `null`: the capture does not tell whether an IOMMU is on. */
  readonly iommu: boolean | null
  /** IOMMU groups that become one, so that only one owner can have their devices (ACS-13). */
  readonly groups: readonly Union[]
  /** Devices that reach each other's BARs past the IOMMU, whatever their groups are (ACS-14). */
  readonly direct: readonly Union[]
}

/** **Source** ACS-13, ACS-14 */
export function isolationLoss(before: Topology, after: Topology): IsolationLoss {
  return {
    iommu: iommuIsOn(before),
    groups: unions(before, iommuGroups(before, { policy: 'kernel-7.3' }), iommuGroups(after, { policy: 'kernel-7.3' })),
    direct: unions(before, directSets(before), directSets(after)),
  }
}

/** Groups are only there when an IOMMU driver is. */
function iommuIsOn({ iommu, functions }: Topology): boolean | null {
  if (iommu !== undefined) return iommu.mode !== 'none'
  return functions.some(({ iommuGroup }) => iommuGroup !== undefined) ? true : null
}

/**
 * Who reaches whom directly, as numbers of sets. Two functions do just if neither they nor any port between redirects; in
 * a tree that is to be joined by steps between two such functions. What a capture does not tell may be clear.
 */
function directSets(topology: Topology): ReadonlyMap<Bdf, number> {
  const open = (fn: PciFunction): boolean => hasRedirect(readAcs(fn.config)) !== true
  const sets = new Map<Bdf, number>()
  const visit = (fn: PciFunction, above: number | undefined): void => {
    const set = open(fn) ? (above ?? sets.size) : sets.size
    sets.set(fn.bdf, set)
    for (const below of topology.children(fn.bdf)) visit(below, open(fn) ? set : undefined)
  }
  for (const { id } of topology.hostBridges) for (const fn of topology.children(id)) visit(fn, undefined)
  return sets
}

function unions(
  topology: Topology,
  before: ReadonlyMap<Bdf, number>,
  after: ReadonlyMap<Bdf, number>,
): readonly Union[] {
  const byAfter = new Map<number, Map<number, PciFunction[]>>()
  for (const fn of topology.functions.filter(isEndpoint)) {
    const now = after.get(fn.bdf) ?? -1
    const was = before.get(fn.bdf) ?? -1
    const parts = byAfter.get(now) ?? new Map<number, PciFunction[]>()
    byAfter.set(now, parts)
    const part = parts.get(was)
    if (part === undefined) parts.set(was, [fn])
    else part.push(fn)
  }
  return [...byAfter.values()]
    .filter((parts) => parts.size > 1)
    .map((parts) => ({
      parts: [...parts.values()].map((functions) => ({
        group: functions[0]?.iommuGroup ?? null,
        devices: functions.map(({ bdf }) => bdf),
      })),
    }))
}
