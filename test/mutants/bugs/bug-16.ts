import { instantStep } from '@barter/core'
import { LIST, type Listing } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { replaced } from '../edit-list.ts'
import { exportWhileDisabling } from '../story.ts'

const seen = new WeakMap<Listing, boolean>()
const look = instantStep<Listing>('look', 'BUG-16', (listing) => {
  seen.set(listing, !listing.vdev.mayLend)
})
const setWhatWasSeen = instantStep<Listing>('setFirstState', 'BUG-16', (listing) => {
  listing.buffer.setFirstState(seen.get(listing) ?? false)
})

export const BUG_16 = bug('BUG-16', {
  what: 'export: whether it is born revoked is looked at before the locks are taken',
  story: exportWhileDisabling,
  wrong: { vfio: { protocols: { list: [look, ...replaced(LIST, 'setFirstState', setWhatWasSeen)] } } },
  found: { invariant: 'INV-15' },
})
