import { CLEANUP } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { unbindWithBuffer } from '../story.ts'

export const BUG_61 = bug(
  'BUG-61',
  {
    what: 'cleanup: the buffer is not cut off from its device',
    story: unbindWithBuffer,
    wrong: { vfio: { protocols: { cleanup: without(CLEANUP, 'forgetDevice') } } },
    found: { invariant: 'INV-7' },
  },
  {
    what: 'cleanup: the registration is not given back',
    story: unbindWithBuffer,
    wrong: { vfio: { protocols: { cleanup: without(CLEANUP, 'dropRegistration') } } },
    found: { invariant: 'INV-23', instead: 'the unbind waits for ever for a registration that nobody holds (INV-7)' },
  },
)
