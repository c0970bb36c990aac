import { RELEASE } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { closeBufferWhileResetting } from '../story.ts'

export const BUG_60 = bug(
  'BUG-60',
  {
    what: 'release: without the memory lock',
    story: closeBufferWhileResetting,
    wrong: { vfio: { protocols: { release: without(RELEASE, 'lockMemory', 'unlockMemory') } } },
    found: { invariant: 'INV-12', instead: 'the list may only be changed under the lock, and says so first' },
  },
  {
    what: 'release: the buffer stays on the list',
    story: closeBufferWhileResetting,
    wrong: { vfio: { protocols: { release: without(RELEASE, 'unlist') } } },
    found: { invariant: 'INV-8' },
  },
)
