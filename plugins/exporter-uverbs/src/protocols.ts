/**
 * How a buffer is taken back, and how it goes, as lists of steps.
 *
 * It is taken back once, in the order of VFIO's revoke but without the way back: the count stays at 0 and nothing is armed
 * again. The release takes the same locks as whoever walks over the buffers of an entry or of a context, so that it
 * frees nothing that somebody still looks at (BUG-13).
 */
import { instantStep, type ProtocolSteps, protocolStep } from '@barter/core'
import { takeBack, type UverbsBuffer } from './uverbs-buffer.ts'

export interface Protocols {
  /** Of one buffer, once. **Locks** on entry the entry's is held. */
  readonly revoke: ProtocolSteps<UverbsBuffer>
  /** The last reference is gone. **Locks** on entry none is held. */
  readonly release: ProtocolSteps<UverbsBuffer>
}

export type ProtocolsChange = Partial<Protocols>

const RULE = 'RDMA-18'

export const lockResv = protocolStep<UverbsBuffer>('lockResv', RULE, ({ dmabuf }) => dmabuf.resv.lock.lock())
export const unlockResv = instantStep<UverbsBuffer>('unlockResv', RULE, ({ dmabuf }) => {
  dmabuf.resv.lock.unlock()
})
export const unlist = instantStep<UverbsBuffer>('unlist', RULE, (buffer) => {
  buffer.unlist()
})
export const setFlag = instantStep<UverbsBuffer>('setFlag', 'REV-3', (buffer) => {
  buffer.setRevoked()
})
export const invalidate = protocolStep<UverbsBuffer>('invalidate', 'DMB-16', ({ dmabuf }) => dmabuf.invalidate())
export const waitFences = protocolStep<UverbsBuffer>('waitFences', 'DMB-20', ({ dmabuf }) =>
  dmabuf.resv.wait('bookkeep'),
)
export const dropOwn = instantStep<UverbsBuffer>('dropOwn', RULE, ({ mappings }) => {
  mappings.put()
})
/** Also for those who attached without a callback and were not told anything: nobody asked whether they have one. */
export const waitUnmapped = protocolStep<UverbsBuffer>('waitUnmapped', RULE, ({ mappings }) => mappings.waitForAll())

/** Of the context: who takes it apart holds it for writing. */
export const enterContext = protocolStep<UverbsBuffer>('enterContext', 'BUG-13', ({ context }) =>
  context.hardware.downRead(),
)
export const leaveContext = instantStep<UverbsBuffer>('leaveContext', 'BUG-13', ({ context }) => {
  context.hardware.upRead()
})
export const lockEntry = protocolStep<UverbsBuffer>('lockEntry', 'BUG-13', ({ entry }) => entry.lock.lock())
export const unlockEntry = instantStep<UverbsBuffer>('unlockEntry', 'BUG-13', ({ entry }) => {
  entry.lock.unlock()
})
export const revokeUnlessDone = protocolStep<UverbsBuffer>('revokeUnlessDone', RULE, (buffer) =>
  takeBack(buffer, 'its last descriptor was closed'),
)

export const REVOKE_ONCE: ProtocolSteps<UverbsBuffer> = [
  lockResv,
  unlist,
  setFlag,
  invalidate,
  waitFences,
  unlockResv,
  dropOwn,
  waitUnmapped,
]

export const RELEASE: ProtocolSteps<UverbsBuffer> = [
  enterContext,
  lockEntry,
  revokeUnlessDone,
  unlockEntry,
  leaveContext,
]

export const PROTOCOLS: Protocols = { revoke: REVOKE_ONCE, release: RELEASE }
