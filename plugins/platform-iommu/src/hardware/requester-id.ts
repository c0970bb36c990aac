/** By which name the IOMMU knows the sender of a request. */
import { type Bdf, bdfParts, formatBdf, type PciFunction, type Topology } from '@barter/core'

/**
 * The requester id of a function as it arrives at the root complex. A PCIe-to-PCI bridge sends the requests of all
 * devices below as device 0, function 0 of its secondary bus; a conventional bridge takes ownership under its own name.
 * Functions behind the same bridge so share one translation.
 *
 * **Not modelled** bridges that pass some ids through, and devices that send under a wrong function number.
 */
export function requesterId(topology: Topology, fn: PciFunction): Bdf {
  let id = fn.bdf
  for (let bridge = topology.parent(fn); bridge !== undefined; bridge = topology.parent(bridge)) {
    if (bridge.kind === 'pci-bridge') id = aliasOf(bridge)
  }
  return id
}

function aliasOf(bridge: PciFunction): Bdf {
  if (bridge.pcie === false || bridge.bridge === undefined) return bridge.bdf
  const { domain } = bdfParts(bridge.bdf)
  return formatBdf({ domain, bus: bridge.bridge.secondary, device: 0, function: 0 })
}
