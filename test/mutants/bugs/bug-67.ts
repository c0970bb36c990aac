import { TRY_EACH } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import type { Story } from '../story.ts'

const house: Story['house'] = {
  drive: { functions: [{ endpoint: 'second', bars: [{ index: 0, length: '64 KiB' }] }] },
  also: { second: 'vfio-pci' },
}
const openBoth = [step('open', 'nvme', { as: 'first' }), step('open', 'second', { as: 'other' })]

const hotReset: Story = {
  title: 'a hot reset of two open functions',
  actors: { vmm: [...openBoth, step('hotReset', 'first', { groups: ['nvme', 'second'] })] },
  house,
}

const whileBusy: Story = {
  title: 'a hot reset while the memory of the second function is switched off',
  actors: {
    vmm: [...openBoth, step('hotReset', 'first', { groups: ['nvme', 'second'], expect: ['ok', 'EBUSY'] })],
    other: [step('configWrite', 'other', { register: 'command', value: 0x104 })],
  },
  house,
}

export const BUG_67 = bug(
  'BUG-67',
  {
    what: 'hot reset: memory locks are waited for in place of tried',
    story: hotReset,
    wrong: {
      vfio: {
        protocols: {
          hotResetLocks: {
            ...TRY_EACH,
            *take({ memoryLock }) {
              yield* memoryLock.downWrite()
              return true
            },
          },
        },
      },
    },
    found: { invariant: 'INV-11' },
  },
  {
    what: 'hot reset: a failure undoes also devices that it had not reached',
    story: whileBusy,
    wrong: {
      vfio: { protocols: { hotResetLocks: { ...TRY_EACH, undone: (_reached, members) => [...members].reverse() } } },
    },
    found: { invariant: 'INV-12', instead: 'it gives back a memory lock that it does not hold' },
  },
)
