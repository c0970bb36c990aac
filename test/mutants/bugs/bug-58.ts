import { instantStep } from '@barter/core'
import { LIST, type Listing } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { addedBehind } from '../edit-list.ts'
import { closeBuffer } from '../story.ts'

const hold = instantStep<Listing>('hold', 'BUG-58', ({ buffer }) => {
  buffer.dmabuf.get()
})

export const BUG_58 = bug('BUG-58', {
  what: 'export: the list holds a reference of its own',
  story: closeBuffer,
  wrong: { vfio: { protocols: { list: addedBehind(LIST, 'unlockResv', hold) } } },
  found: { invariant: 'INV-28' },
})
