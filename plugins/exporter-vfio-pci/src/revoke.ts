/**
 * How buffers are revoked, un-revoked and given up: the steps, the lists of generation G2 (those before it are in
 * earlier-revokes.ts), and the walks over a device's buffers.
 *
 * The order is the protocol. The flag goes up before importers are told, so that none of them maps again from within or
 * right after its callback (REV-3). Fences are waited for with the reservation held, unmaps without it, since an unmap
 * needs the reservation.
 */
import type { DmaBuf, Op } from '@barter/core'
import { checkListed, checkMappingCount } from './check-counts.ts'
import { instant, runSteps, step, type Steps } from './protocol.ts'
import type { VfioBuffer } from './vfio-buffer.ts'
import type { VfioDevice } from './vfio-device.ts'

export const lockResv = step<VfioBuffer>('lockResv', 'REV-2', (buffer) => buffer.dmabuf.resv.lock.lock())
export const unlockResv = instant<VfioBuffer>('unlockResv', 'REV-2', (buffer) => {
  buffer.dmabuf.resv.lock.unlock()
})
export const setFlag = instant<VfioBuffer>('setFlag', 'REV-3', (buffer) => {
  buffer.setRevoked(true)
})
export const clearFlag = instant<VfioBuffer>('clearFlag', 'REV-5', (buffer) => {
  buffer.setRevoked(false)
})
export const invalidate = step<VfioBuffer>('invalidate', 'DMB-16', (buffer) => buffer.dmabuf.invalidate())
/** All of them, whatever their usage: some importers protect their last accesses with bookkeeping fences (DMB-21). */
export const waitFences = step<VfioBuffer>('waitFences', 'DMB-20', (buffer) => buffer.dmabuf.resv.wait('bookkeep'))
export const dropOwn = instant<VfioBuffer>('dropOwn', 'REV-2', (buffer) => {
  buffer.mappings.put()
})
/** Without a limit: one of a second was proposed, as was a wait in the background, and both rejected (GEN-20). */
export const waitUnmapped = step<VfioBuffer>('waitUnmapped', 'REV-2', (buffer) => buffer.mappings.waitForAll())
export const rearm = instant<VfioBuffer>('rearm', 'REV-3', (buffer) => {
  buffer.mappings.rearm()
})
export const unlist = instant<VfioBuffer>('unlist', 'REV-8', (buffer) => {
  buffer.unlist()
})
export const forgetDevice = instant<VfioBuffer>('forgetDevice', 'REV-8', (buffer) => {
  buffer.forgetDevice()
})
export const dropRegistration = instant<VfioBuffer>('dropRegistration', 'VFIO-18', (buffer) => {
  buffer.giveBackRegistration()
})

/** REV-2 in order; REV-3 says why in this order. */
export const REVOKE: Steps<VfioBuffer> = [
  lockResv,
  setFlag,
  invalidate,
  waitFences,
  unlockResv,
  dropOwn,
  waitUnmapped,
  rearm,
]

/** REV-5: the flag still up while importers are told, so that nobody maps in between. */
export const UNREVOKE: Steps<VfioBuffer> = [
  lockResv,
  invalidate,
  waitFences,
  unlockResv,
  lockResv,
  clearFlag,
  unlockResv,
]

export const CLEANUP: Steps<VfioBuffer> = [unlist, forgetDevice, dropRegistration]

/**
 * Revoke every listed buffer whose file is alive, oldest first (REV-1, REV-7). `why` is for reports.
 *
 * **Locks** `memory_lock` held for writing; takes the reservation of one buffer at a time. Waits without limit for
 * importers (REV-2). Once it returns, nothing that was mapped before is mapped (REV-4).
 */
export const revokeAll = (device: VfioDevice, why: string): Op<void> =>
  overLiveFiles(device, (buffer) => revokeOne(device, buffer, why))

function* revokeOne({ services }: VfioDevice, buffer: VfioBuffer, why: string): Op<void> {
  if (buffer.revoked) return
  services.witness.revoking(buffer.name, why)
  yield* runSteps(services.trace, 'revoke', buffer.name, services.protocols.revoke, buffer)
  services.witness.revoked(buffer.name, why)
  checkMappingCount(buffer)
}

/** Make every revoked buffer live again (REV-5). **Locks** as `revokeAll`. */
export const unrevokeAll = (device: VfioDevice): Op<void> =>
  overLiveFiles(device, (buffer) => unrevokeOne(device, buffer))

function* unrevokeOne({ services }: VfioDevice, buffer: VfioBuffer): Op<void> {
  if (buffer.revoked) yield* runSteps(services.trace, 'un-revoke', buffer.name, services.protocols.unrevoke, buffer)
}

/** Give up every buffer for good. A dying one stays listed: its release unlists it (REV-8). **Locks** as `revokeAll`. */
export const giveUpAll = (device: VfioDevice): Op<void> => overLiveFiles(device, (buffer) => giveUpOne(device, buffer))

function* giveUpOne({ services }: VfioDevice, buffer: VfioBuffer): Op<void> {
  yield* runSteps(services.trace, 'cleanup', buffer.name, services.protocols.cleanup, buffer)
  checkListed(buffer)
}

function* overLiveFiles(device: VfioDevice, each: (buffer: VfioBuffer) => Op<void>): Op<void> {
  device.memoryLock.assertHeldWrite()
  for (const buffer of device.buffers.all) {
    buffer.assertNotFreed()
    if (!device.services.protocols.keepAlive(buffer.dmabuf)) continue
    yield* each(buffer)
    // The last put runs release after this system call, when memory_lock is free again (DMB-5, VFIO-44).
    buffer.dmabuf.put()
  }
}

/** How a walk keeps a buffer alive that the list does not: false for a dying one, which it passes over. */
export type KeepAlive = (buffer: DmaBuf) => boolean

/** DMB-7: not a plain `get`, which would bring the file of a dying one back to life. */
export const keepIfActive: KeepAlive = (buffer) => buffer.getActive()
