/** Which functions the kernel treats as one towards the IOMMU, by the way it groups or by the way it was meant to. */
import { hasRedirect, readAcs } from './acs.ts'
import type { Bdf } from './bdf.ts'
import { enumerationOrder } from './enumeration-order.ts'
import { kernelGroups } from './iommu-groups-kernel.ts'
import type { PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

/**
 * `kernel-7.3`: as Linux 7.3 does (ACS-13), which may put two functions that reach each other directly into two groups.
 * `ideal`: the intended policy (ACS-14), where two functions with a BUS_ADDR verdict always share one.
 */
export type GroupPolicy = 'kernel-7.3' | 'ideal'

export interface GroupOptions {
  readonly policy: GroupPolicy
}

/**
 * The IOMMU group of every function.
 *
 * **Shape** numbers from 0 in the order in which the kernel makes groups; with `ideal`, in the order of their first
 * members. **Source** ACS-13, ACS-14
 */
export function iommuGroups(topology: Topology, { policy }: GroupOptions): ReadonlyMap<Bdf, number> {
  const groups = kernelGroups(topology)
  return policy === 'ideal' ? joinedByDirectPaths(topology, groups) : groups
}

/**
 * The same machine with a group at each function. What a capture tells stays as it is, unless `captured` is `replace`; a
 * function without joins those it shares a computed group with.
 */
export function withIommuGroups(
  topology: Topology,
  options: GroupOptions & { readonly captured?: 'keep' | 'replace' },
): Topology {
  const computed = iommuGroups(topology, options)
  const keep = options.captured !== 'replace'
  const numbers = new Map<number, number>()
  let next = 0
  for (const fn of keep ? topology.functions : []) {
    if (fn.iommuGroup === undefined) continue
    const group = groupOf(computed, fn.bdf)
    if (!numbers.has(group)) numbers.set(group, fn.iommuGroup)
    next = Math.max(next, fn.iommuGroup + 1)
  }
  const given = new Map<Bdf, number>()
  for (const { bdf, iommuGroup } of enumerationOrder(topology)) {
    if (keep && iommuGroup !== undefined) continue
    const group = groupOf(computed, bdf)
    const number = numbers.get(group) ?? next++
    numbers.set(group, number)
    given.set(bdf, number)
  }
  return topology.mapFunctions((fn) => {
    const iommuGroup = given.get(fn.bdf)
    return iommuGroup === undefined ? fn : { ...fn, iommuGroup }
  })
}

/**
 * The groups of a machine that runs: those that a capture tells, computed ones for the rest; with `ideal` joined wherever
 * packets may turn round without the IOMMU. **Source** ACS-13, ACS-14
 */
export function runningGroups(topology: Topology, policy: GroupPolicy): ReadonlyMap<Bdf, number> {
  const known = running[policy].get(topology)
  if (known !== undefined) return known
  const groups = runningNow(topology, policy)
  running[policy].set(topology, groups)
  return groups
}

/** Each run asks, and topologies do not change. */
const running: Readonly<Record<GroupPolicy, WeakMap<Topology, ReadonlyMap<Bdf, number>>>> = {
  'kernel-7.3': new WeakMap(),
  ideal: new WeakMap(),
}

function runningNow(topology: Topology, policy: GroupPolicy): ReadonlyMap<Bdf, number> {
  const made = withIommuGroups(topology, { policy: 'kernel-7.3' })
  const groups = new Map(made.functions.map(({ bdf, iommuGroup }) => [bdf, iommuGroup ?? -1]))
  return policy === 'ideal' ? joinedByDirectPaths(topology, groups) : groups
}

/**
 * Every step between a function and the bridge above it that packets may turn round at although the two are in different
 * groups: where BUS_ADDR and the IOMMU's isolation contradict each other. Empty with `ideal`.
 * **Source** INV-29, ACS-14, VFIO-63
 */
export function openGroupBorders(
  topology: Topology,
  groups: ReadonlyMap<Bdf, number>,
): readonly { readonly below: Bdf; readonly above: Bdf }[] {
  return directSteps(topology)
    .filter(([below, above]) => groups.get(below.bdf) !== groups.get(above.bdf))
    .map(([below, above]) => ({ below: below.bdf, above: above.bdf }))
}

/** A pair has a BUS_ADDR verdict just if each step of its path is such a step (P2P-21), so joining steps joins pairs. */
function directSteps(topology: Topology): readonly (readonly [PciFunction, PciFunction])[] {
  // What a capture does not tell may be clear.
  const open = new Set(topology.functions.filter((fn) => hasRedirect(readAcs(fn.config)) !== true))
  return topology.functions.flatMap((fn) => {
    const above = topology.parent(fn)
    return above !== undefined && open.has(fn) && open.has(above) ? [[fn, above] as const] : []
  })
}

function joinedByDirectPaths(topology: Topology, groups: ReadonlyMap<Bdf, number>): ReadonlyMap<Bdf, number> {
  const leader = new Map<number, number>()
  const leaderOf = (group: number): number => {
    let at = group
    for (let next = leader.get(at); next !== undefined; next = leader.get(at)) at = next
    return at
  }
  for (const [below, above] of directSteps(topology)) {
    const a = leaderOf(groupOf(groups, below.bdf))
    const b = leaderOf(groupOf(groups, above.bdf))
    if (a !== b) leader.set(Math.max(a, b), Math.min(a, b))
  }
  const numbers = new Map<number, number>()
  return new Map(
    enumerationOrder(topology).map(({ bdf }) => {
      const found = leaderOf(groupOf(groups, bdf))
      const number = numbers.get(found) ?? numbers.size
      numbers.set(found, number)
      return [bdf, number]
    }),
  )
}

function groupOf(groups: ReadonlyMap<Bdf, number>, bdf: Bdf): number {
  const group = groups.get(bdf)
  if (group === undefined) throw new RangeError(`${bdf} is in no group`)
  return group
}
