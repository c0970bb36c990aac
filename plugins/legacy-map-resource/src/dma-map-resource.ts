/** `dma_map_resource()` as it was up to Linux 6.17: an address for MMIO, by a call that knows of no peers. */
import {
  type Device,
  type Direction,
  type DmaAddr,
  type DmaApi,
  hex,
  KernelError,
  type Op,
  type PhysRange,
  withinMask,
} from '@barter/core'

/**
 * Without an IOMMU the CPU address as it stands: neither the host bridge's inbound ranges nor the bus offset of its
 * windows are looked at. With one, an IOVA. No backend asks where the two devices are.
 *
 * So it is right by luck (DMA-14), right as long as nobody looks (DMA-15), a detour (DMA-16), wrong (DMA-13, DMA-18), or
 * right for a pair that can do nothing with it (DMA-17).
 *
 * **Errors** ENOMEM above the DMA mask, or without IOVA space. **Source** DMA-11
 */
export function* dmaMapResource(dma: DmaApi, device: Device, range: PhysRange, direction: Direction): Op<DmaAddr> {
  if (dma.backend(device) !== 'direct') return yield* dma.mapPhys(device, range, direction)
  if (withinMask(device, range.start, range.length)) return range.start
  const reach = `${device.name} reaches ${device.dmaMaskBits} bits of address`
  throw new KernelError('ENOMEM', 'DMA-11', `${reach}, not ${hex(range.start)}`)
}

/** Never fails. **Source** DMA-4: without an IOMMU there is nothing to undo. */
export function* dmaUnmapResource(
  dma: DmaApi,
  device: Device,
  at: DmaAddr,
  length: number,
  direction: Direction,
): Op<void> {
  if (dma.backend(device) !== 'direct') yield* dma.unmapPhys(device, at, length, direction)
}
