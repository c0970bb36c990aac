/** When memory of a device counts as enabled (VFIO-20). */
import { D3HOT, powerState } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

export type MemoryEnabled = (vdev: VfioDevice) => boolean

/**
 * Asks the power state and the *virtual* memory bit; neither the hardware's register, nor the outcome of a reset, nor low
 * power counts. D1 and D2 are as good as D0, and a virtual function has no bit to ask (VFIO-20, VFIO-21).
 */
export const awakeAndDecoding: MemoryEnabled = (vdev) => {
  if (vdev.doors.open === undefined || powerState(vdev.device) >= D3HOT) return false
  return vdev.noCommandMemory || vdev.config.memoryBit
}
