import { REVOKE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { resetWhileMappingAgain } from '../story.ts'

export const BUG_50 = bug('BUG-50', {
  what: 'revoke: the flag is up only after importers were told',
  story: resetWhileMappingAgain,
  wrong: { vfio: { protocols: { revoke: movedBehind(REVOKE, 'setFlag', 'invalidate') } } },
  found: { invariant: 'INV-4' },
})
