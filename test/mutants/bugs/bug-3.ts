import { instantStep } from '@barter/core'
import { TAKE_BACK, type VfioBuffer } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { failing } from '../failing.ts'
import { step } from '../house.ts'
import type { Story } from '../story.ts'

const noDescriptor: Story = {
  title: 'no descriptor is free for a new buffer',
  actors: { vmm: [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf', expect: ['EMFILE'] })] },
  house: { plugins: [failing('vfio:fd')] },
}

const free = instantStep<VfioBuffer>('free', 'BUG-3', (buffer) => {
  buffer.free()
})
const dropRegistration = instantStep<VfioBuffer>('dropRegistration', 'BUG-3', (buffer) => {
  buffer.giveBackRegistration()
})

export const BUG_3 = bug(
  'BUG-3',
  {
    what: 'export: without a descriptor the buffer is put and its registration dropped',
    story: noDescriptor,
    wrong: { vfio: { protocols: { takeBack: [...TAKE_BACK, dropRegistration] } } },
    found: { invariant: 'INV-7' },
  },
  {
    what: 'export: without a descriptor the buffer is put and freed',
    story: noDescriptor,
    wrong: { vfio: { protocols: { takeBack: [...TAKE_BACK, free] } } },
    found: { invariant: 'INV-8', instead: 'it is freed while the device lists it, before it is freed again (INV-27)' },
  },
)
