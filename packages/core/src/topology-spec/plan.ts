/** From a spec to functions with numbers: buses depth-first as firmware counts them, devices by slot. */
import { busName } from '../bdf.ts'
import { bridgeIdentity } from './identity.ts'
import { type BusPlace, planBus } from './plan-bus.ts'
import type { PlannedFunction, PlannedHostBridge } from './planned.ts'
import { specError, wholeAt } from './spec-error.ts'
import type { HostBridgeSpec, TopologySpec } from './spec.ts'

export interface Plan {
  readonly hostBridges: readonly PlannedHostBridge[]
  /** Every function, parents before what is below them. */
  readonly functions: readonly PlannedFunction[]
  /** Names of the spec, and of virtual functions. */
  readonly names: ReadonlyMap<string, PlannedFunction>
}

/** **Errors** `UsageError` `TOPOLOGY_SPEC`. */
export function plan(spec: TopologySpec): Plan {
  const functions: PlannedFunction[] = []
  const names = new Map<string, PlannedFunction>()
  const hostBridges: PlannedHostBridge[] = []
  for (const [i, one] of spec.hostBridges.entries()) {
    const where = `hostBridges[${i}]`
    const domain = wholeAt(`${where}.domain`, one.domain ?? 0, 0, 0xffff_ffff)
    const bus = wholeAt(`${where}.bus`, one.bus ?? firstFreeBus(where, domain, hostBridges), 0, 255)
    const id = busName(domain, bus)
    const bridge: PlannedHostBridge = { where, spec: one, id, domain, bus, subordinate: bus, functions: [] }
    planBus(rootBus(bridge, one), { bridge, functions, names })
    hostBridges.push(bridge)
  }
  checkBuses(hostBridges)
  return { hostBridges, functions, names }
}

function rootBus(bridge: PlannedHostBridge, spec: HostBridgeSpec): BusPlace {
  const where = `${bridge.where}.devices`
  const place: BusPlace = {
    where,
    kind: 'root',
    bus: bridge.bus,
    parent: null,
    into: bridge.functions,
    devices: spec.devices ?? [],
  }
  if (spec.id === undefined) return place
  return { ...place, hostFunction: bridgeIdentity(bridge.where, 'host-bridge', spec.id) }
}

function firstFreeBus(where: string, domain: number, before: readonly PlannedHostBridge[]): number {
  const used = before.filter((one) => one.domain === domain).map((one) => one.subordinate)
  const bus = Math.max(-1, ...used) + 1
  if (bus <= 255) return bus
  throw specError(where, `all 256 buses of domain ${domain} are taken`, 'give it another domain')
}

/** Two host bridges of a domain share its 256 buses. */
function checkBuses(bridges: readonly PlannedHostBridge[]): void {
  for (const [i, one] of bridges.entries()) {
    for (const other of bridges.slice(0, i)) {
      if (one.domain !== other.domain || one.bus > other.subordinate || other.bus > one.subordinate) continue
      const message = `its buses ${one.bus} to ${one.subordinate} meet ${other.bus} to ${other.subordinate} of ${other.where}`
      throw specError(one.where, message, 'give one of them a higher bus, or another domain')
    }
  }
}
