import { revokeUnlessDone, uverbs } from '@barter/exporter-uverbs'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { unmapLater } from '../nic.ts'
import type { Story } from '../story.ts'

const ranges = [{ offset: 0, length: 4096 }]

/** The walk stands at the first buffer, and waits for its importer, when the second goes. */
const unbindWhileReleasing: Story = {
  title: 'the driver of an RDMA NIC leaves while the last descriptor of a lent page is closed',
  actors: {
    user: [
      step('open', 'nvme'),
      step('export', 'nvme', { bar: 0, ranges, as: 'first' }),
      step('export', 'nvme', { bar: 0, ranges, as: 'second' }),
      step('import', 'first', { on: 'nic', as: 'mr' }),
      step('start', 'closer'),
      step('unbind', 'nvme'),
    ],
    closer: [step('close', 'second')],
  },
  house: { lender: 'uverbs', nic: { told: [unmapLater] }, plugins: [uverbs()] },
}

export const BUG_13 = bug('BUG-13', {
  what: 'uverbs: a release waits for nobody who walks over the buffers',
  story: unbindWhileReleasing,
  wrong: { plugins: [uverbs({ protocols: { release: [revokeUnlessDone] } })] },
  found: { invariant: 'INV-27' },
})
