import { KernelError } from '@barter/core'
import { RANGE_CHECKS, type RangeCheck } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { replaced, without } from '../edit-list.ts'
import { step } from '../house.ts'
import type { Story } from '../story.ts'

const PAGE = 4096n

const refusing = (refuses: (end: bigint, limit: bigint) => boolean): RangeCheck => ({
  name: 'insideBar',
  refusal: ({ end, limit }) =>
    refuses(end, limit) ? new KernelError('EINVAL', 'VFIO-9b', 'behind the BAR') : undefined,
})

const exported = (title: string, house: Story['house'], args: Parameters<typeof step>[2]): Story => ({
  title,
  actors: { vmm: [step('open', 'nvme'), step('export', 'nvme', { bar: 0, ...args })] },
  ...(house === undefined ? {} : { house }),
})

export const BUG_82 = bug(
  'BUG-82',
  {
    what: 'export: a range that ends with the BAR is refused',
    story: exported('the whole of a BAR is lent', undefined, {}),
    wrong: {
      vfio: {
        protocols: {
          rangeChecks: replaced(
            RANGE_CHECKS,
            'insideBar',
            refusing((end, limit) => end >= limit),
          ),
        },
      },
    },
    found: { rule: 'VFIO-9b' },
  },
  {
    what: 'export: the BAR is taken to end with its last page',
    story: exported(
      'a page of a BAR of 2 KiB',
      { drive: { bars: [{ index: 0, length: '2 KiB' }] } },
      { ranges: [{ offset: 0, length: 4096 }], expect: ['EINVAL'] },
    ),
    wrong: {
      vfio: {
        protocols: {
          rangeChecks: replaced(
            RANGE_CHECKS,
            'insideBar',
            refusing((end, limit) => end > ((limit + PAGE - 1n) / PAGE) * PAGE),
          ),
        },
      },
    },
    found: { rule: 'VFIO-14' },
  },
  {
    what: 'export: nobody asks whether the range wraps',
    story: exported('a range that passes the end of addresses', undefined, {
      ranges: [{ offset: 0xffff_ffff_ffff_f000n, length: 8192 }],
      expect: ['EOVERFLOW'],
    }),
    wrong: { vfio: { protocols: { rangeChecks: without(RANGE_CHECKS, 'noWrap') } } },
    found: { rule: 'VFIO-9b' },
  },
)
