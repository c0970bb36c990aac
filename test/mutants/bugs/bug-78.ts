import { iommufd, PAGES_REVOKE } from '@barter/importer-iommufd'
import { bug } from '../bug.ts'
import { movedBehind, without } from '../edit-list.ts'
import { resetWhileInSpace } from '../story.ts'

export const BUG_78 = bug(
  'BUG-78',
  {
    what: 'iommufd: the range is forgotten before domains are cleared',
    story: resetWhileInSpace,
    wrong: { plugins: [iommufd({ revoke: movedBehind(PAGES_REVOKE, 'clearDomains', 'forgetRange') })] },
    found: { invariant: 'INV-24' },
  },
  {
    what: 'iommufd: the range stays through the revoke, and is there with the un-revoke',
    story: resetWhileInSpace,
    wrong: { plugins: [iommufd({ revoke: without(PAGES_REVOKE, 'forgetRange') })] },
    found: { invariant: 'INV-24' },
  },
)
