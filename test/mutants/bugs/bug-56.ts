import { MAP } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind } from '../edit-list.ts'
import { failing } from '../failing.ts'
import { borrow, lend, type Story } from '../story.ts'
import { step } from '../house.ts'

const resetAfterFailure: Story = {
  title: 'a reset after a map that failed',
  actors: { vmm: [...lend, { ...borrow, expect: ['ENOMEM'] }, step('reset', 'nvme')] },
  house: { plugins: [failing('sgt:alloc', { times: 1 })] },
}

export const BUG_56 = bug('BUG-56', {
  what: 'map: counted before the table is built, and not undone when that fails',
  story: resetAfterFailure,
  wrong: { vfio: { protocols: { map: movedBehind(MAP, 'countMapping', 'refuseRevoked') } } },
  found: { invariant: 'INV-10', instead: 'the next revoke waits for ever; INV-6 is looked at when it returns' },
})
