import { bug } from '../bug.ts'
import { closeWhileWriting } from '../story.ts'

export const BUG_81 = bug('BUG-81', {
  what: 'importer: a fault is retried until the map works',
  story: closeWhileWriting,
  wrong: { nic: { insists: true } },
  found: { rule: 'RDMA-16' },
})
