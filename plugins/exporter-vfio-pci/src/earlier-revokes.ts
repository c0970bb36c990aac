/** How buffers were revoked, un-revoked and given up before generation G2 (GEN-9, GEN-10, GEN-13). */
import { instant, type Steps } from './protocol.ts'
import {
  clearFlag,
  dropOwn,
  dropRegistration,
  forgetDevice,
  invalidate,
  lockResv,
  rearm,
  setFlag,
  unlist,
  unlockResv,
  waitFences,
  waitUnmapped,
} from './revoke.ts'
import type { VfioBuffer } from './vfio-buffer.ts'

/** Clean-up revokes by itself here, so the judge has to hear of it from here. */
export const declareRevoked = instant<VfioBuffer>('declareRevoked', 'GEN-13', (buffer) => {
  buffer.services.witness.revoked(buffer.name, 'close')
})

/** Nobody waits: what importers still do is theirs (GEN-12, BUG-2). */
export const REVOKE_G1: Steps<VfioBuffer> = [lockResv, setFlag, invalidate, unlockResv]
/** The flag first, so that importers can map again from their callback. */
export const UNREVOKE_G1: Steps<VfioBuffer> = [lockResv, clearFlag, invalidate, unlockResv]
export const CLEANUP_G1: Steps<VfioBuffer> = [
  lockResv,
  setFlag,
  unlist,
  forgetDevice,
  invalidate,
  unlockResv,
  declareRevoked,
  dropRegistration,
]

/** The count stays at 0 until the un-revoke. */
export const REVOKE_G2R: Steps<VfioBuffer> = [
  lockResv,
  setFlag,
  invalidate,
  waitFences,
  unlockResv,
  dropOwn,
  waitUnmapped,
]
export const UNREVOKE_G2R: Steps<VfioBuffer> = [
  lockResv,
  invalidate,
  waitFences,
  unlockResv,
  rearm,
  lockResv,
  clearFlag,
  unlockResv,
]
/**
 * Drops the own count whether or not a revoke has done so. In the second case the kernel warns of the underflow, nobody
 * completes anything any more, and the next step waits for ever, with `memory_lock` held (BUG-1).
 */
export const dropOwnAgain = instant<VfioBuffer>('dropOwn', 'BUG-1', ({ mappings, name, services }) => {
  if (mappings.putUnchecked()) return
  services.trace.emit({ kind: 'log', message: `refcount_t: underflow; use-after-free (${name})`, rule: 'BUG-1' })
})

export const CLEANUP_G2R: Steps<VfioBuffer> = [
  lockResv,
  setFlag,
  unlist,
  forgetDevice,
  invalidate,
  waitFences,
  unlockResv,
  dropOwnAgain,
  waitUnmapped,
  declareRevoked,
  dropRegistration,
]
