import { bug } from '../bug.ts'
import { writeOnly } from '../story.ts'

export const BUG_11 = bug('BUG-11', {
  what: 'sg table: cut at 2^32 - 1 bytes, with sums of 32 bits (6.19 as merged)',
  story: {
    ...writeOnly,
    house: { drive: { bars: [{ index: 0, length: '16 GiB', kind: 'mem64pref' }] } },
  },
  wrong: { facts: { generation: 'G1' } },
  found: { invariant: 'INV-17' },
})
