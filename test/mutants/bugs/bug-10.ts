import { bug } from '../bug.ts'
import { writeOnly } from '../story.ts'
import { withRuns } from '../with-runs.ts'

export const BUG_10 = bug('BUG-10', {
  what: 'unmap: the IOVA is unlinked without the MMIO attribute',
  story: { ...writeOnly, house: { path: 'iommu' } },
  wrong: {
    plugins: [withRuns((run) => ({ destroy: (linked) => run.destroy(linked, { mmio: false }) }), 'without-attribute')],
  },
  found: { invariant: 'INV-19' },
})
