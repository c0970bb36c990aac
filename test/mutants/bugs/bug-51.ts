import { REVOKE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { resetWhileWriting } from '../story.ts'

export const BUG_51 = bug('BUG-51', {
  what: 'revoke: importers are told before the reservation is taken',
  story: resetWhileWriting,
  wrong: { vfio: { protocols: { revoke: movedBehind(REVOKE, 'lockResv', 'invalidate') } } },
  found: { invariant: 'INV-12' },
})
