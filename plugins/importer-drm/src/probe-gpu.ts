/** What each driver does when it is bound to a GPU. */
import { type Device, type Op, setMaster } from '@barter/core'

const DMA_MASK_BITS = 64

/** **Shape** `kept`: gives what the driver keeps of the device, which is made now. */
export function* probeGpu(device: Device, kept?: (device: Device) => unknown): Op<void> {
  device.dmaMaskBits = Math.min(DMA_MASK_BITS, device.fn.dmaMaskBits ?? DMA_MASK_BITS)
  setMaster(device, true)
  kept?.(device)
}
