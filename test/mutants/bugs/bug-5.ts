import { BUFFERS_LAST } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { closeWhileWriting } from '../story.ts'

export const BUG_5 = bug('BUG-5', {
  what: 'close: buffers are given up after the device was disabled',
  story: closeWhileWriting,
  wrong: { vfio: { protocols: { closeOrder: BUFFERS_LAST } } },
  found: { invariant: 'INV-26' },
})
