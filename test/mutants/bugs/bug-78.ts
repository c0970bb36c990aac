import { iommufd, PAGES_REVOKE } from '@barter/importer-iommufd'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
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
    what: 'iommufd: the range comes back with the un-revoke',
    beyond:
      'the steps of the callback are given pages that have forgotten their range, and cannot ask for another; tests hold that nothing comes back (IFD-9)',
  },
)
