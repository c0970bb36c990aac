/** The first open of a device and its last close (TRG-14, INV-26). */
import {
  enableMemory,
  KernelError,
  type Op,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  quiesce,
  resetBus,
  resetFunction,
  resetFunctionLocked,
  resetMethods,
  restoreState,
  saveState,
  setMaster,
  withoutBits,
} from '@barter/core'
import { VirtualConfig } from './config-space/virtual-config.ts'
import { checkGivenUp } from './check-counts.ts'
import { leaveLowPower } from './low-power.ts'
import { wakeDevice } from './set-device-power.ts'
import { runTrigger } from './trigger.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

/**
 * Make the device usable: decoding on, a reset to begin with, registers copied, BARs claimed.
 *
 * **Locks** that of the set is held. **Errors** EAGAIN when the device lock is held, as during an unbind (VFIO-41).
 */
export function* openDevice(vdev: VfioDevice): Op<OpenState> {
  const { device, services } = vdev
  // The state that comes back at close is not to let the device send.
  setMaster(device, false)
  enableMemory(device)
  const resetWorks = yield* tryReset(vdev)
  const saved = saveState(device)
  allowInterrupts(vdev)
  const claims = services.protocols.claims(services.hooks, device, services.kernel)
  return { config: new VirtualConfig(services.kernel, device), claims, resetWorks, saved }
}

/**
 * Take everything back, in the order of the generation.
 *
 * **Locks** that of the set is held.
 */
export function* closeDevice(vdev: VfioDevice, open: OpenState): Op<void> {
  for (const part of vdev.services.protocols.closeOrder) yield* part(vdev, open)
}

export type CloseOrder = readonly ((vdev: VfioDevice, open: OpenState) => Op<void>)[]

function* takeBuffersBack(vdev: VfioDevice): Op<void> {
  yield* runTrigger(vdev, 'close')
}

function* disable(vdev: VfioDevice, open: OpenState): Op<void> {
  const { device, services } = vdev
  checkGivenUp(vdev)
  yield* leaveLowPower(vdev)
  // Wake it if it sleeps, and take back a D3hot that user space asked for.
  yield* vdev.power.wake()
  yield* wakeDevice(vdev)
  setMaster(device, false)
  vdev.request.disarm()
  vdev.error.disarm()
  vdev.doors.open = undefined
  vdev.needsReset = true
  quiesce(device)
  if (open.resetWorks && device.lock.tryLock()) {
    vdev.needsReset = (yield* attempt(resetFunctionLocked(services.pci, device))) !== undefined
    device.lock.unlock()
  }
  restoreState(device, open.saved, services.pci.restoreAcs)
  setMaster(device, false)
  yield* resetSetIfIdle(vdev)
}

/** While the device still works: importers may need it to let go (INV-26). */
export const BUFFERS_FIRST: CloseOrder = [takeBuffersBack, disable]
/** The first kernels: importers are told when the device has been reset already (GEN-14, BUG-5). */
export const BUFFERS_LAST: CloseOrder = [disable, takeBuffersBack]

/** When nobody of the set is open any more and one of them needs it, the bus is reset (TRG-16). Its outcome does not matter. */
function* resetSetIfIdle({ device, set, services }: VfioDevice): Op<void> {
  const idle = set.members.every((member) => member.doors.openCount.read() === 0)
  if (!idle || !set.members.some((member) => member.needsReset)) return
  const failure = yield* attempt(resetBus(services.pci, device))
  if (failure !== undefined) return
  for (const member of set.members) member.needsReset = false
}

/** Gives whether resets work; only a held device lock fails the open. */
function* tryReset({ device, services }: VfioDevice): Op<boolean> {
  if (resetMethods(services.pci, device).length === 0) return false
  const failure = yield* attempt(resetFunction(services.pci, device))
  if (failure?.errno === 'EAGAIN') throw failure
  return failure === undefined
}

function allowInterrupts({ device }: VfioDevice): void {
  const word = device.config.read(PCI_COMMAND, 2)
  const without = withoutBits(word, PCI_COMMAND_INTX_DISABLE)
  if (without !== word) device.config.write(PCI_COMMAND, 2, without)
}

function* attempt(op: Op<void>): Op<KernelError | undefined> {
  try {
    yield* op
    return undefined
  } catch (error) {
    if (error instanceof KernelError) return error
    throw error
  }
}
