import { rdma, UMEM_REVOKE } from '@barter/importer-rdma'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { closeBufferWhileBorrowed, resetWhilePinned } from '../story.ts'

export const BUG_80 = bug(
  'BUG-80',
  {
    what: 'importer: irdma runs its revoke a second time when the region goes',
    story: resetWhilePinned,
    wrong: { plugins: [rdma({ irdmaRevoke: without(UMEM_REVOKE, 'markRevoked') })] },
    found: { never: 'harmless: each of its steps does nothing the second time (INV-13)' },
  },
  {
    what: 'importer: goes without detaching, so that its callback may still come',
    story: closeBufferWhileBorrowed,
    wrong: { nic: { staysAttached: true } },
    found: { rule: 'DMB-6' },
  },
)
