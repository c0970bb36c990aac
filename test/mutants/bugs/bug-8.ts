import { iommufd, PAGES_RELEASE } from '@barter/importer-iommufd'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { leaveSpaceInReset } from '../story.ts'

export const BUG_8 = bug('BUG-8', {
  what: 'iommufd: the pages are destroyed before they are detached from the buffer',
  story: leaveSpaceInReset,
  wrong: { plugins: [iommufd({ release: movedBehind(PAGES_RELEASE, 'leaveBuffer', 'destroy') })] },
  found: { invariant: 'INV-27' },
})
