import { protocolStep } from '@barter/core'
import { REVOKE, type VfioBuffer } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { replaced } from '../edit-list.ts'
import { resetWhilePreempting } from '../story.ts'

const waitWriters = protocolStep<VfioBuffer>('waitFences', 'DMB-21', ({ dmabuf }) => dmabuf.resv.wait('write'))

export const BUG_52 = bug('BUG-52', {
  what: 'revoke: only fences up to usage WRITE are awaited',
  story: resetWhilePreempting,
  wrong: { vfio: { protocols: { revoke: replaced(REVOKE, 'waitFences', waitWriters) } } },
  found: { invariant: 'INV-1' },
})
