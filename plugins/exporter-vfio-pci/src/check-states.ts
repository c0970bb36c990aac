/** With no trigger running a buffer is revoked just if its device may not lend (INV-15). */
import { answersConfig } from '@barter/core'
import type { TriggerName } from './trigger.ts'
import type { VfioBuffer } from './vfio-buffer.ts'
import type { VfioDevice } from './vfio-device.ts'

/** After these lists a trigger still runs, or nothing is left to look at. */
const NOT_AFTER: readonly TriggerName[] = ['close', 'hot reset begins']

/** What the rules let be otherwise: TRG-3, TRG-13 and TRG-20 by switches, and a function that is silent since a reset. */
function excepted({ device, services: { facts } }: VfioDevice): boolean {
  const { switches } = facts
  return switches.has('BUG-33') || switches.has('BUG-35') || switches.has('BUG-40') || !answersConfig(device)
}

/** Tell the witness of what is otherwise. **Shape** `after`: a trigger, or what was done in other words. */
export function checkStates(vdev: VfioDevice, after: TriggerName | 'an export'): void {
  const { device } = vdev
  // It is the step in which memory_lock was given back.
  const buffers = vdev.buffers.unlocked
  if (buffers.length === 0 || NOT_AFTER.some((name) => name === after)) return
  const revoked = !vdev.mayLend
  const wrong = buffers.find((buffer) => buffer.stateUnlocked !== (revoked ? 'revoked' : 'live') && hasFile(buffer))
  if (wrong === undefined || excepted(vdev)) return
  const state = revoked ? 'live, and memory' : 'revoked, and memory'
  const message = `after ${after} ${wrong.name} is ${state} of ${device.name} is ${revoked ? 'disabled' : 'enabled'}`
  vdev.services.witness.broken('INV-15', 'VFIO-20', message)
}

/** A dying one is passed over by triggers (VFIO-24d). */
const hasFile = ({ dmabuf }: VfioBuffer): boolean => dmabuf.references > 0
