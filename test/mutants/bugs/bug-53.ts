import { REVOKE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { resetWhileUnmappingLater } from '../story.ts'

export const BUG_53 = bug('BUG-53', {
  what: 'revoke: unmaps are awaited with the reservation held',
  story: resetWhileUnmappingLater,
  wrong: { vfio: { protocols: { revoke: movedBehind(REVOKE, 'unlockResv', 'waitUnmapped') } } },
  found: { invariant: 'INV-11' },
})
