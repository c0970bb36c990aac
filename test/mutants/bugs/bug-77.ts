import { iommufd, PAGES_REVOKE } from '@barter/importer-iommufd'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { resetWhileInSpace } from '../story.ts'

export const BUG_77 = bug(
  'BUG-77',
  {
    what: 'iommufd: domains are cleared without the mutex of the pages',
    story: resetWhileInSpace,
    wrong: { plugins: [iommufd({ revoke: movedBehind(PAGES_REVOKE, 'lockPages', 'clearDomains') })] },
    found: {
      invariant: 'INV-12',
      instead: 'the pages say that they rely on their mutex, before a pair can be lost (INV-24)',
    },
  },
  {
    what: 'iommufd: a domain that could not be filled stays tracked',
    beyond:
      'a pair is tracked by the last step of filling, and nothing can fail behind it; a test of the pages holds that one which is lost, stays or is there twice is told (INV-24)',
  },
)
