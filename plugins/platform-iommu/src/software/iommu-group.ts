/** Which functions share a domain because the hardware or the fabric cannot keep them apart. */
import { type Bdf, parseBdf, type PciFunction, type Topology } from '@barter/core'
import { requesterId } from '../hardware/requester-id.ts'

export interface IommuGroup {
  readonly name: string
  /** Several functions share it. */
  readonly shared: boolean
  /** Ids under which the requests of its functions arrive. */
  readonly requesters: readonly Bdf[]
  /** Host bridge of its functions. */
  readonly hostBridge: string
  /** It has an identity domain of its own accord, whatever the mode. */
  readonly identity: boolean
}

/** The groups of a machine. Made once per topology. */
export class IommuGroups {
  readonly #byFunction: ReadonlyMap<Bdf, IommuGroup>
  readonly #requesterIds: ReadonlyMap<Bdf, Bdf>

  /**
   * The groups that a capture tells; a function without one has a group of its own, together with whom it shares a
   * requester id. **Not modelled** the kernel's grouping by ACS (ACS-13).
   */
  constructor(topology: Topology, identity: readonly string[]) {
    const passing = new Set(identity.map((name) => parseBdf(name)))
    this.#requesterIds = new Map(topology.functions.map((fn) => [fn.bdf, requesterId(topology, fn)]))
    const members = new Map<string, PciFunction[]>()
    for (const fn of topology.functions) {
      const name = this.#groupName(fn)
      members.set(name, [...(members.get(name) ?? []), fn])
    }
    const byFunction = new Map<Bdf, IommuGroup>()
    for (const [name, functions] of members) {
      const group: IommuGroup = {
        name,
        shared: functions.length > 1,
        requesters: [...new Set(functions.map((fn) => this.requesterId(fn.bdf)))],
        hostBridge: functions[0]?.hostBridge ?? '',
        identity: functions.some((fn) => passing.has(fn.bdf)),
      }
      for (const fn of functions) byFunction.set(fn.bdf, group)
    }
    this.#byFunction = byFunction
  }

  get all(): readonly IommuGroup[] {
    return [...new Set(this.#byFunction.values())]
  }

  of(bdf: Bdf): IommuGroup {
    const group = this.#byFunction.get(bdf)
    if (group === undefined) throw new RangeError(`${bdf} is not a function of this machine`)
    return group
  }

  requesterId(bdf: Bdf): Bdf {
    return this.#requesterIds.get(bdf) ?? bdf
  }

  #groupName(fn: PciFunction): string {
    return fn.iommuGroup === undefined ? `group of ${this.requesterId(fn.bdf)}` : `group ${fn.iommuGroup}`
  }
}
