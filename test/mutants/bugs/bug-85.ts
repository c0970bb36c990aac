import { type1 } from '@barter/legacy-type1'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { resetWhileWriting, type Story } from '../story.ts'

const entry = step('import', 'bar', { on: 'nic', iova: 0x1000_0000, as: 'mr', expect: ['ok', 'EFAULT'] })
const write = step('write', 'mr', { length: '4 KiB', expect: ['ok', 'error'] })
const house: Story['house'] = { path: 'iommu', driver: 'type1', plugins: [type1()] }

const inReset: Story = {
  title: 'a reset while a NIC has the BAR through type1',
  actors: {
    vmm: [step('open', 'nvme'), step('mmap', 'nvme', { bar: 0, as: 'bar' }), entry, step('reset', 'nvme')],
    nic: [write],
  },
  house,
}

const afterUnbind: Story = {
  title: 'an unbind while a NIC has the BAR through type1',
  actors: {
    vmm: [
      step('open', 'nvme'),
      step('mmap', 'nvme', { bar: 0, as: 'bar' }),
      entry,
      step('close', 'bar'),
      step('close', 'nvme'),
      step('unbind', 'nvme'),
      write,
    ],
  },
  house,
}

const beside: Story = { ...resetWhileWriting, house: { path: 'iommu' } }

export const BUG_85 = bug(
  'BUG-85',
  {
    what: 'importer: type1, which attaches to nothing',
    story: inReset,
    beside,
    wrong: {},
    found: { invariant: 'INV-1' },
  },
  { what: 'the same, after an unbind', story: afterUnbind, beside, wrong: {}, found: { invariant: 'INV-3' } },
)
