import { REVOKE_G1 } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { resetWhileUnmappingLater, unbindWhileSlow } from '../story.ts'

export const BUG_2 = bug(
  'BUG-2',
  {
    what: 'revoke: neither fences nor unmaps are awaited (6.19)',
    story: resetWhileUnmappingLater,
    wrong: { vfio: { protocols: { revoke: REVOKE_G1 } } },
    found: { invariant: 'INV-1' },
  },
  {
    what: 'the same at the last close, before an unbind',
    story: unbindWhileSlow,
    wrong: { vfio: { protocols: { revoke: REVOKE_G1 } } },
    found: { invariant: 'INV-3' },
  },
)
