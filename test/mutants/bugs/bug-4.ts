import { bug } from '../bug.ts'
import { resetWhileHeld, resetWhileWriting } from '../story.ts'

export const BUG_4 = bug(
  'BUG-4',
  {
    what: 'importer: pinned, with a callback that does nothing, in 6.19',
    story: resetWhileWriting,
    wrong: { facts: { generation: 'G1' }, nic: { told: [], pins: true } },
    found: { invariant: 'INV-1' },
  },
  {
    what: 'the same in 7.3',
    story: resetWhileHeld,
    wrong: { nic: { told: [], pins: true } },
    found: { invariant: 'INV-9', instead: 'the revoke waits for the unmap, so that nothing is reached, and for ever' },
  },
)
