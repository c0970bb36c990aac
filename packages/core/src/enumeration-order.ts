/** In which order the kernel comes to know the functions of a machine: numbers it hands out follow it. */
import type { PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

/**
 * Host bridge by host bridge; of each bus first all functions, then what is below each of its bridges. Virtual functions
 * come last of all, since a driver switches them on.
 *
 * **Not modelled** host bridges in another order than the topology has them in, late arrivals.
 */
export function enumerationOrder(topology: Topology): readonly PciFunction[] {
  const found: PciFunction[] = []
  const virtual: PciFunction[] = []
  const visit = (bus: readonly PciFunction[]): void => {
    for (const fn of bus) (fn.physicalFunction === undefined ? found : virtual).push(fn)
    for (const fn of bus) visit(topology.children(fn.bdf))
  }
  for (const bridge of topology.hostBridges) visit(topology.children(bridge.id))
  return [...found, ...virtual]
}
