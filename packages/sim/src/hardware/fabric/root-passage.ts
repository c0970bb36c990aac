/** Through the root complex: interrupt messages, the IOMMU, inbound ranges, then RAM or down below a host bridge. */
import { hex, type HostBridge, physAddr, type Route, UNCARRIED } from '@barter/core'
import { down } from './down.ts'
import type { FabricParts } from './fabric-parts.ts'
import type { Request } from './request.ts'

/**
 * A request from below `bridge`.
 *
 * **Not modelled** the IOMMU sees the sender's own id even where a PCIe-to-PCI bridge would put its own in its place.
 */
export function intoRootComplex(fabric: FabricParts, request: Request, bridge: HostBridge): Route {
  request.viaHostBridge = true
  const at = `host bridge ${bridge.id}`
  request.limit(fabric.root.interruptSpan(request.address))
  if (fabric.root.isInterrupt(request.address)) return request.refuse(at, 'an interrupt message, no access to memory')
  if (!request.translated) {
    const stopped = translated(fabric, request, bridge)
    if (stopped !== undefined) return stopped
  }
  return decoded(fabric, request, bridge)
}

/** A load or store of the CPU. */
export function fromCpu(fabric: FabricParts, request: Request): Route {
  request.viaHostBridge = true
  return decoded(fabric, request, undefined)
}

/** Turn the address into one of the CPU's, or end. */
function translated(fabric: FabricParts, request: Request, bridge: HostBridge): Route | undefined {
  const sender = request.sender
  if (sender === null) return undefined
  const answer = fabric.iommu.translate(sender.bdf, request.address, request.access, request.sent)
  if (answer.kind === 'fault') {
    if (request.told) request.hop('IOMMU', `fault: ${answer.why}`)
    return request.end({ kind: 'iommu-fault' }, answer.why)
  }
  request.limit(answer.length)
  if (answer.kind === 'mapped') {
    const cached = answer.cached ? 'hit' : 'miss'
    if (request.told) request.hop('IOMMU', `${hex(request.address)} -> ${hex(answer.address)} (IOTLB ${cached})`)
    request.address = answer.address
    return undefined
  }
  request.address = answer.address
  const inbound = fabric.root.inbound(bridge, request.address)
  request.limit(inbound.length)
  const at = `host bridge ${bridge.id}`
  if (inbound.kind === 'outside') return request.refuse(at, 'outside every inbound range of the host bridge')
  if (request.told && inbound.moved) {
    request.hop(at, `inbound range: bus ${hex(request.address)} is CPU address ${hex(inbound.address)}`)
  }
  request.address = inbound.address
  return undefined
}

/** `from`: the host bridge it came from; `undefined`: the CPU. */
function decoded(fabric: FabricParts, request: Request, from: HostBridge | undefined): Route {
  const found = fabric.root.decode(request.address)
  request.limit(found.length)
  const at = from === undefined ? 'root complex' : `host bridge ${from.id}`
  if (found.kind === 'nothing') return request.refuse(at, 'neither RAM nor the window of any host bridge')
  if (found.kind === 'memory') {
    request.hop(at, 'RAM')
    return request.end({ kind: 'memory', address: physAddr(request.address) }, 'it is RAM')
  }
  const { root, busAddress } = found
  if (from !== undefined && !fabric.root.peers.routes(from, root.hostBridge)) {
    return request.refuse(at, UNCARRIED)
  }
  if (request.told) {
    const moved = busAddress === request.address ? '' : ` as bus address ${hex(busAddress)}`
    request.hop(
      `host bridge ${root.hostBridge.id}`,
      `CPU address ${hex(request.address)} is in its window, sent down${moved}`,
    )
  }
  request.address = busAddress
  const map = fabric.maps.of(root)
  const claim = map.find(busAddress)
  request.limit(map.span)
  if (claim < 0)
    return request.refuse(`host bridge ${root.hostBridge.id}`, 'in its window, and nobody on its root bus answers')
  return down(fabric, request, root, claim)
}
