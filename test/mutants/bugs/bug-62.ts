import { triggersOf } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { resetWhileStoring, resetWhileWriting } from '../story.ts'

const { 'device reset': RESET } = triggersOf(new Set())

export const BUG_62 = bug(
  'BUG-62',
  {
    what: 'device reset: what the CPU has mapped is zapped after the reset',
    story: resetWhileStoring,
    wrong: { vfio: { protocols: { triggers: { 'device reset': movedBehind(RESET, 'zap', 'act') } } } },
    found: { invariant: 'INV-2', instead: 'INV-14 for the CPU: its store reaches a device in reset' },
  },
  {
    what: 'device reset: buffers are revoked after the reset',
    story: resetWhileWriting,
    wrong: { vfio: { protocols: { triggers: { 'device reset': movedBehind(RESET, 'revoke', 'act') } } } },
    found: { invariant: 'INV-14' },
  },
)
