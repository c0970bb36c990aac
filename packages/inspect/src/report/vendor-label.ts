/** The words of `nvidia-smi topo` and NCCL for a pair: how much lies between two devices, not whether they may talk. */
import type { PciFunction, Topology } from '@barter/core'
import type { CapturedFunction } from '../machine/assemble.ts'

/** `SYS?`: below two host bridges, of which the capture does not tell the NUMA nodes. */
export type VendorLabel = 'X' | 'PIX' | 'PXB' | 'PHB' | 'NODE' | 'SYS' | 'SYS?'

/** In the order of a legend. */
export const VENDOR_LABELS: Readonly<Record<Exclude<VendorLabel, 'X'>, string>> = {
  PIX: 'at most one switch or bridge between the two',
  PXB: 'several switches or bridges, but no host bridge',
  PHB: 'through one host bridge',
  NODE: 'through two host bridges of one NUMA node',
  SYS: 'through the link between NUMA nodes',
  'SYS?': 'two host bridges; NODE if of one NUMA node, which is not known',
}

/** The same in both directions, and whatever ACS says. */
export const vendorLabel = (topology: Topology, a: PciFunction, b: PciFunction): VendorLabel =>
  a === b ? 'X' : new VendorLabels(topology, [a, b]).at(0, 1)

/** The labels of all pairs of some functions; each way up is walked once. */
export class VendorLabels {
  readonly #places: readonly Place[]

  constructor(topology: Topology, functions: readonly PciFunction[]) {
    const nodes = nodesOfHosts(topology)
    this.#places = functions.map((fn) => placeOf(topology, fn, nodes))
  }

  /** **Shape** indexes of the functions. */
  at(one: number, other: number): VendorLabel {
    if (one === other) return 'X'
    const a = this.#places[one] as Place
    const b = this.#places[other] as Place
    if (a.down[0] !== b.down[0]) {
      if (a.host === b.host) return 'PHB'
      if (a.node === undefined || b.node === undefined) return 'SYS?'
      return a.node === b.node ? 'NODE' : 'SYS'
    }
    let common = 0
    while (common + 1 < a.down.length && a.down[common + 1] === b.down[common + 1]) common++
    // The common one counts once, and what is above it not at all.
    const above = common === 0 ? 0 : (a.bridges[common - 1] as number)
    const between = (a.bridges.at(-1) as number) + (b.bridges.at(-1) as number) - (a.bridges[common] as number) - above
    return between > 1 ? 'PXB' : 'PIX'
  }
}

interface Place {
  readonly host: string
  /** From the root bus down to the function. */
  readonly down: readonly PciFunction[]
  /** How many switches and bridges there are down to each of these, itself included. */
  readonly bridges: readonly number[]
  readonly node: number | undefined
}

function placeOf(topology: Topology, fn: PciFunction, nodes: ReadonlyMap<string, number>): Place {
  const chain: readonly CapturedFunction[] = topology.chain(fn)
  const down = chain.toReversed()
  let count = 0
  return {
    host: fn.hostBridge,
    down,
    // A switch counts once, by its upstream port.
    bridges: down.map(({ kind }) => (kind === 'upstream-port' || kind === 'pci-bridge' ? ++count : count)),
    // The node of the function, of the next bridge above that has one, or of a neighbour below the same host bridge.
    node: chain.map(({ numaNode }) => numaNode).find((node) => node !== undefined) ?? nodes.get(fn.hostBridge),
  }
}

/** Linux gives a root bus one node, and what is below inherits it. Where functions of one contradict each other, none. */
function nodesOfHosts(topology: Topology): ReadonlyMap<string, number> {
  const seen = new Map<string, Set<number>>()
  for (const { hostBridge, numaNode } of topology.functions as readonly CapturedFunction[]) {
    if (numaNode === undefined) continue
    seen.set(hostBridge, (seen.get(hostBridge) ?? new Set()).add(numaNode))
  }
  return new Map([...seen].flatMap(([host, nodes]) => (nodes.size === 1 ? [[host, [...nodes][0] as number]] : [])))
}
