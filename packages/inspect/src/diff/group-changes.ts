/** Whose company in the IOMMU groups is another. The numbers of groups mean nothing and are not compared. */
import type { PciFunction } from '@barter/core'

export interface GroupChange {
  /** As in the first capture. */
  readonly device: string
  /** The others in its group, as far as both captures have them; `null` where its group is not told. */
  readonly before: readonly string[] | null
  readonly after: readonly string[] | null
}

export function groupChanges(same: readonly (readonly [PciFunction, PciFunction])[]): readonly GroupChange[] {
  const names = new Map(same.map(([before, after]) => [after, before.bdf]))
  const was = byGroup(same.map(([before]) => before))
  const is = byGroup(same.map(([, after]) => after))
  return same.flatMap(([before, after]) => {
    const others = (members: readonly PciFunction[] | undefined, fn: PciFunction): readonly string[] | null =>
      members === undefined
        ? null
        : members.filter((other) => other !== fn).map((other) => names.get(other) ?? other.bdf)
    const change: GroupChange = {
      device: before.bdf,
      before: others(was.get(before.iommuGroup), before)?.toSorted() ?? null,
      after: others(is.get(after.iommuGroup), after)?.toSorted() ?? null,
    }
    return JSON.stringify(change.before) === JSON.stringify(change.after) ? [] : [change]
  })
}

/** Functions without a group are in none, rather than in one together. */
function byGroup(functions: readonly PciFunction[]): ReadonlyMap<number | undefined, readonly PciFunction[]> {
  const groups = new Map<number, PciFunction[]>()
  for (const fn of functions) {
    if (fn.iommuGroup === undefined) continue
    const group = groups.get(fn.iommuGroup)
    if (group === undefined) groups.set(fn.iommuGroup, [fn])
    else group.push(fn)
  }
  return groups
}
