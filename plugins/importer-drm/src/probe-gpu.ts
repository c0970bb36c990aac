/** What each driver does when it is bound to a GPU. */
import { type Device, type Op, setMaster } from '@barter/core'

const DMA_MASK_BITS = 64

export function* probeGpu(device: Device): Op<void> {
  device.dmaMaskBits = Math.min(DMA_MASK_BITS, device.fn.dmaMaskBits ?? DMA_MASK_BITS)
  setMaster(device, true)
}
