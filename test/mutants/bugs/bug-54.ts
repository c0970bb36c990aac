import { REVOKE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { resetWhileUnmappingLater, resetWhileWriting } from '../story.ts'

export const BUG_54 = bug(
  'BUG-54',
  {
    what: "revoke: the exporter's own count is kept while it waits",
    story: resetWhileWriting,
    wrong: { vfio: { protocols: { revoke: without(REVOKE, 'dropOwn') } } },
    found: { invariant: 'INV-10' },
  },
  {
    what: 'revoke: unmaps are not awaited',
    story: resetWhileUnmappingLater,
    wrong: { vfio: { protocols: { revoke: without(REVOKE, 'dropOwn', 'waitUnmapped', 'rearm') } } },
    found: { invariant: 'INV-1' },
  },
)
