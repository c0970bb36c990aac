/**
 * IOMMU groups as Linux 7.3 makes them (`pci_device_group()`): a function joins the nearest bridge above which nobody
 * could reach it behind the IOMMU's back, and the functions of its slot that are not kept apart either.
 */
import { acsEnforced, isMultiFunction, portTypeOf } from './acs-effective.ts'
import type { Bdf } from './bdf.ts'
import { enumerationOrder } from './enumeration-order.ts'
import type { PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

/**
 * **Shape** numbers from 0 in the order in which the kernel makes groups.
 * **Source** ACS-13. **Not modelled** devices that send under a wrong function number, or under the number of a bridge
 * that does not say what it is.
 */
export function kernelGroups(topology: Topology): ReadonlyMap<Bdf, number> {
  return new KernelGroups(topology).all()
}

class KernelGroups {
  readonly #topology: Topology
  readonly #groups = new Map<Bdf, number>()
  readonly #enforced = new Map<Bdf, boolean>()
  readonly #pathEnforced = new Map<Bdf, boolean>()
  readonly #bySlot = new Map<string, PciFunction[]>()
  #next = 0

  constructor(topology: Topology) {
    this.#topology = topology
    for (const fn of topology.functions) {
      const others = this.#bySlot.get(slotOf(fn))
      if (others === undefined) this.#bySlot.set(slotOf(fn), [fn])
      else others.push(fn)
    }
  }

  all(): ReadonlyMap<Bdf, number> {
    for (const fn of enumerationOrder(this.#topology)) this.#groups.set(fn.bdf, this.#groupOf(fn))
    return this.#groups
  }

  #groupOf(fn: PciFunction): number {
    let at = fn
    // A bridge from conventional PCI sends requests under a number of its own, so what is below cannot be told apart.
    for (const above of this.#topology.chain(fn).slice(1)) {
      if (!takesOwnership(above)) continue
      at = above
      const group = this.#groups.get(at.bdf)
      if (group !== undefined) return group
    }
    for (let above = this.#topology.parent(at); above !== undefined; above = this.#topology.parent(at)) {
      if (this.#isPathEnforced(above)) break
      at = above
      const group = this.#groups.get(at.bdf)
      if (group !== undefined) return group
    }
    return this.#slotGroup(at) ?? this.#next++
  }

  /** Group of another function of the slot, if neither it nor `fn` keeps its siblings out. */
  #slotGroup(fn: PciFunction): number | undefined {
    if (!isMultiFunction(fn) || this.#isEnforced(fn)) return undefined
    for (const other of this.#bySlot.get(slotOf(fn)) ?? []) {
      if (other === fn || this.#isEnforced(other)) continue
      const group = this.#groups.get(other.bdf)
      if (group !== undefined) return group
    }
    return undefined
  }

  #isEnforced(fn: PciFunction): boolean {
    const known = this.#enforced.get(fn.bdf)
    if (known !== undefined) return known
    const enforced = acsEnforced(this.#topology, fn)
    this.#enforced.set(fn.bdf, enforced)
    return enforced
  }

  /** From the bridge to the root bus, ends included. */
  #isPathEnforced(bridge: PciFunction): boolean {
    const known = this.#pathEnforced.get(bridge.bdf)
    if (known !== undefined) return known
    const above = this.#topology.parent(bridge)
    const enforced = this.#isEnforced(bridge) && (above === undefined || this.#isPathEnforced(above))
    this.#pathEnforced.set(bridge.bdf, enforced)
    return enforced
  }
}

function takesOwnership(bridge: PciFunction): boolean {
  const type = portTypeOf(bridge)
  return type !== 'root-port' && type !== 'upstream-port' && type !== 'downstream-port'
}

/** Bus and device: the name without its function number. */
const slotOf = (fn: PciFunction): string => fn.bdf.slice(0, fn.bdf.lastIndexOf('.'))
