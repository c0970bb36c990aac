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
export function vendorLabel(topology: Topology, a: PciFunction, b: PciFunction): VendorLabel {
  if (a === b) return 'X'
  const up = topology.chain(a)
  const other = topology.chain(b)
  const steps = up.findIndex((node) => other.includes(node))
  const common = up[steps]
  if (common !== undefined) {
    const between = new Set([...up.slice(0, steps + 1), ...other.slice(0, other.indexOf(common))])
    return [...between].filter(isBridgeOfItsOwn).length > 1 ? 'PXB' : 'PIX'
  }
  if (a.hostBridge === b.hostBridge) return 'PHB'
  const node = nodeOf(topology, a)
  const otherNode = nodeOf(topology, b)
  if (node === undefined || otherNode === undefined) return 'SYS?'
  return node === otherNode ? 'NODE' : 'SYS'
}

/** A switch counts once, by its upstream port. */
const isBridgeOfItsOwn = ({ kind }: PciFunction): boolean => kind === 'upstream-port' || kind === 'pci-bridge'

/** The node of the function or of the next bridge above that has one. **Shape** -1: the machine has no nodes. */
function nodeOf(topology: Topology, fn: CapturedFunction): number | undefined {
  return topology
    .chain(fn)
    .map((above: CapturedFunction) => above.numaNode)
    .find((node) => node !== undefined)
}
