/** The DMA API without an IOMMU: the device uses CPU addresses, seen through its host bridge's inbound ranges (DMA-4). */
import { contains, type DmaAddr, hex, physAddr, type PhysRange } from './address.ts'
import type { Device } from './device.ts'
import { KernelError } from './errors.ts'
import { done } from './op.ts'
import type { DmaApi } from './platform.ts'
import type { Topology } from './topology.ts'

/** **Source** DMA-1 (direct), DMA-4, DMA-5. **Not modelled** host memory encryption, bus_dma_limit. */
export function directDma(topology: Topology): DmaApi {
  return {
    backend: () => 'direct',
    tryAllocIova: () => undefined,
    mapPhys: (device, range) => done(directAddress(topology, device, range)),
    unmapPhys: () => done(undefined),
  }
}

/** **Errors** ENOMEM (the mapping error of DMA-3) outside every inbound range or above the DMA mask. */
function directAddress(topology: Topology, device: Device, range: PhysRange): DmaAddr {
  const { inbound } = topology.hostBridge(device.fn.hostBridge)
  const through = inbound.find((window) => contains(window.start, window.length, range.start, range.length))
  if (inbound.length > 0 && through === undefined) {
    throw new KernelError(
      'ENOMEM',
      'DMA-4',
      `${hex(range.start)} is outside every inbound range of host bridge ${device.fn.hostBridge}`,
    )
  }
  const address = through === undefined ? range.start : physAddr(range.start - through.start + through.bus)
  if (!withinMask(device, address, range.length)) {
    throw new KernelError(
      'ENOMEM',
      'DMA-5',
      `${device.name} reaches ${device.dmaMaskBits} bits of address, not ${hex(address)}`,
    )
  }
  return address
}

/** True if the device can emit every address of the range (DMA-5). */
export function withinMask(device: Device, address: number, length: number): boolean {
  return address + length <= 2 ** device.dmaMaskBits
}
