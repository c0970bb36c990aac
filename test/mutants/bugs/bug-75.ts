import { bug } from '../bug.ts'
import { writeOnly } from '../story.ts'
import { withRuns } from '../with-runs.ts'

export const BUG_75 = bug('BUG-75', {
  what: 'unmap: one page of the IOVA run is unlinked in place of all',
  story: { ...writeOnly, house: { path: 'iommu' } },
  wrong: { plugins: [withRuns((run) => ({ destroy: () => run.destroy(4096) }), 'one-page')] },
  found: { invariant: 'INV-28' },
})
