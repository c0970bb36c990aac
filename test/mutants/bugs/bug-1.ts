import { bug } from '../bug.ts'
import { closeAfterRevoke } from '../story.ts'

export const BUG_1 = bug('BUG-1', {
  what: 'cleanup: the drain is repeated after an earlier revoke (7.1 as merged)',
  story: closeAfterRevoke,
  wrong: { facts: { generation: 'G2r' } },
  found: { invariant: 'INV-10' },
})
