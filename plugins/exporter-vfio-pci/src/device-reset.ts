/** VFIO_DEVICE_RESET (TRG-9). */
import { KernelError, type Op, resetFunction } from '@barter/core'
import { runTrigger } from './trigger.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

/**
 * Reset the function, with everybody told to let go before and free to come back after.
 *
 * **Errors** EINVAL when the reset at open did not work, before anything happens; EAGAIN, ENOTTY of the reset itself, after
 * the whole window.
 */
export function* resetDevice(vdev: VfioDevice, open: OpenState): Op<void> {
  if (!open.resetWorks) throw new KernelError('EINVAL', 'TRG-9', `${vdev.device.name} cannot be reset`)
  const failure = yield* runTrigger(vdev, 'device reset', () => resetFunction(vdev.services.pci, vdev.device))
  if (failure !== undefined) throw failure
}
