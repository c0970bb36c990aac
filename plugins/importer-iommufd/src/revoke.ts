/** What the callback of a lent buffer does, and what becomes of its pages, as lists. */
import { instantStep, protocolStep, type ProtocolSteps } from '@barter/core'
import type { DmabufPages } from './dmabuf-pages.ts'

/** IFD-8. The range is forgotten last: it says what there is to take out. **Locks** on entry the reservation is held. */
export const PAGES_REVOKE: ProtocolSteps<DmabufPages> = [
  protocolStep('lockPages', 'IFD-13', ({ lock }) => lock.lock()),
  protocolStep('clearDomains', 'IFD-8', (pages) => pages.clearDomains()),
  instantStep('forgetRange', 'IFD-9', (pages) => {
    pages.forgetRange()
  }),
  instantStep('unlockPages', 'IFD-13', ({ lock }) => {
    lock.unlock()
  }),
]

/** The last area is gone. They are told of revokes until they have left the buffer, so what that takes goes last. */
export const PAGES_RELEASE: ProtocolSteps<DmabufPages> = [
  protocolStep('leaveBuffer', 'IFD-5', (pages) => pages.leaveBuffer()),
  instantStep('destroy', 'IFD-5', (pages) => {
    pages.destroy()
  }),
]
