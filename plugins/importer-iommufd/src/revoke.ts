/** What the callback of a lent buffer does, as a list (IFD-8). **Locks** on entry the reservation is held. */
import { instantStep, protocolStep, type ProtocolSteps } from '@barter/core'
import type { DmabufPages } from './dmabuf-pages.ts'

/** The range is forgotten last: it says what there is to take out. */
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
