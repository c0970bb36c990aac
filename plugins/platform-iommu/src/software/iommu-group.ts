/** Which functions share a domain because the hardware or the fabric cannot keep them apart. */
import { type Bdf, type GroupPolicy, parseBdf, type PciFunction, runningGroups, type Topology } from '@barter/core'
import { requesterId } from '../hardware/requester-id.ts'

export interface IommuGroup {
  readonly name: string
  /** Several devices share it, bridges aside. */
  readonly shared: boolean
  /** Ids under which the requests of its functions arrive. */
  readonly requesters: readonly Bdf[]
  /** Host bridge of its functions. */
  readonly hostBridge: string
  /** It has an identity domain of its own accord, whatever the mode. */
  readonly identity: boolean
}

/** The groups of a machine. Made once per system. */
export class IommuGroups {
  readonly all: readonly IommuGroup[]
  readonly #byFunction: ReadonlyMap<Bdf, IommuGroup>
  readonly #requesterIds: ReadonlyMap<Bdf, Bdf>

  /** **Shape** `policy`: who makes the groups, the kernel as it is (BUG-44) or as it is meant to be (ACS-13, ACS-14). */
  constructor(topology: Topology, identity: readonly string[], policy: GroupPolicy) {
    const passing = new Set(identity.map((name) => parseBdf(name)))
    this.#requesterIds = new Map(topology.functions.map((fn) => [fn.bdf, requesterId(topology, fn)]))
    const numbers = runningGroups(topology, policy)
    const members = new Map<string, PciFunction[]>()
    for (const fn of topology.functions) {
      const name = `group ${numbers.get(fn.bdf) ?? 'none'}`
      members.set(name, [...(members.get(name) ?? []), fn])
    }
    const byFunction = new Map<Bdf, IommuGroup>()
    for (const [name, functions] of members) {
      const group: IommuGroup = {
        name,
        shared: functions.filter((fn) => fn.bridge === undefined).length > 1,
        requesters: [...new Set(functions.map((fn) => this.requesterId(fn.bdf)))],
        hostBridge: functions[0]?.hostBridge ?? '',
        identity: functions.some((fn) => passing.has(fn.bdf)),
      }
      for (const fn of functions) byFunction.set(fn.bdf, group)
    }
    this.#byFunction = byFunction
    this.all = [...new Set(byFunction.values())]
  }

  of(bdf: Bdf): IommuGroup {
    const group = this.#byFunction.get(bdf)
    if (group === undefined) throw new RangeError(`${bdf} is not a function of this machine`)
    return group
  }

  requesterId(bdf: Bdf): Bdf {
    return this.#requesterIds.get(bdf) ?? bdf
  }
}
