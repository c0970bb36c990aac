/**
 * Which root complexes carry requests between devices: a fact of the hardware, known once per topology.
 *
 * A host bridge says so itself (`routesPeers`). Where it does not, what is known of vendors' machines is taken for the
 * truth: the same list that the kernel keeps, since nobody knows better (HB-1, HB-4). What is not known counts as no.
 *
 * Where they are not carried a request ends at the host bridge, unsupported, unless the platform says that it is dropped or
 * corrupted in silence, or that the machine hangs (HAZ-8).
 */
import { type HostBridge, hostBridgeDecision, type PciFunction, type Topology } from '@barter/core'

export class PeerRouting {
  readonly #topology: Topology
  readonly #known = new Map<HostBridge, Map<HostBridge, boolean>>()

  constructor(topology: Topology) {
    this.#topology = topology
  }

  /** A request that came in below `from` may go out below `to`. They may be the same. */
  routes(from: HostBridge, to: HostBridge): boolean {
    const row = this.#known.get(from) ?? new Map<HostBridge, boolean>()
    this.#known.set(from, row)
    const known = row.get(to) ?? this.#find(from, to)
    row.set(to, known)
    return known
  }

  #find(from: HostBridge, to: HostBridge): boolean {
    if (from.routesPeers === false || to.routesPeers === false) return false
    if (from.routesPeers === true && to.routesPeers === true) return true
    const a = this.#someFunction(from)
    const b = this.#someFunction(to)
    return a !== undefined && b !== undefined && hostBridgeDecision(this.#topology, a, b).trusted === true
  }

  #someFunction(bridge: HostBridge): PciFunction | undefined {
    return this.#topology.children(bridge.id)[0]
  }
}
