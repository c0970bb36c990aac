import { bug } from '../bug.ts'
import { cutTable, TOLD } from '../nic.ts'
import { resetWhileHeld } from '../story.ts'

export const BUG_76 = bug('BUG-76', {
  what: 'importer: cuts the table to its window and does not put it back',
  story: resetWhileHeld,
  wrong: { nic: { told: [cutTable, ...TOLD] } },
  found: { invariant: 'INV-21' },
})
