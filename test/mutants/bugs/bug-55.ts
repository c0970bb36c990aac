import { REVOKE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { twoResets } from '../story.ts'

export const BUG_55 = bug('BUG-55', {
  what: 'revoke: count and completion are not re-armed',
  story: twoResets,
  wrong: { vfio: { protocols: { revoke: without(REVOKE, 'rearm') } } },
  found: { invariant: 'INV-6' },
})
