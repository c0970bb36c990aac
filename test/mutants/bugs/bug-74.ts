import type { IovaRun } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { lend, type Story, writeOnly } from '../story.ts'
import { withRuns } from '../with-runs.ts'

const unseen = withRuns((): Partial<IovaRun> => ({ *sync() {} }), 'without-sync')
const early = withRuns(
  (run): Partial<IovaRun> => ({
    *link(offset, range, direction) {
      yield* run.sync()
      yield* run.link(offset, range, direction)
    },
    *sync() {},
  }),
  'early-sync',
)

const twoRanges: Story = {
  ...writeOnly,
  title: 'the NIC writes over two ranges of a BAR',
  actors: {
    vmm: [
      ...lend.slice(0, 1),
      step('export', 'nvme', {
        bar: 0,
        ranges: [
          { offset: 0, length: 4096 },
          { offset: 8192, length: 4096 },
        ],
        as: 'buf',
      }),
    ],
    nic: [
      step('import', 'buf', { on: 'nic', as: 'mr' }),
      step('write', 'mr', { length: '8 KiB' }),
      step('close', 'mr'),
    ],
  },
  house: { path: 'iommu' },
}

export const BUG_74 = bug(
  'BUG-74',
  {
    what: 'IOVA run: linked and never synced',
    story: { ...writeOnly, house: { path: 'iommu' } },
    wrong: { plugins: [unseen] },
    found: { invariant: 'INV-16' },
  },
  {
    what: 'IOVA run: synced before the last link',
    story: twoRanges,
    wrong: { plugins: [early] },
    found: { invariant: 'INV-16' },
  },
)
