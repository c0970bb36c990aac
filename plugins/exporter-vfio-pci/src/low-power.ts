/** The low-power features: user space lets the device sleep (TRG-11, TRG-12). */
import { atOnce, type Op } from '@barter/core'
import { runTrigger } from './trigger.ts'
import type { VfioDevice } from './vfio-device.ts'

/** **Errors** EINVAL when it is in low power already; the revoke before is not undone (TRG-11). */
export function* enterLowPower(vdev: VfioDevice, wakes: boolean): Op<void> {
  const failure = yield* runTrigger(vdev, 'low power entry', () => atOnce(() => vdev.power.engage(wakes)))
  if (failure !== undefined) throw failure
}

/** Buffers become live again if memory is enabled, also when the device was not in low power (TRG-12). */
export function* leaveLowPower(vdev: VfioDevice): Op<void> {
  yield* runTrigger(vdev, 'low power exit', () => atOnce(() => vdev.power.disengage()))
}
