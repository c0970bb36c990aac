import { drm } from '@barter/importer-drm'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { lend } from '../story.ts'

export const BUG_36 = bug('BUG-36', {
  what: 'importer: xe, which unmaps at its next use only, in place of amdgpu',
  story: {
    title: 'a reset while a GPU has the buffer and is idle',
    actors: {
      vmm: [
        ...lend,
        step('import', 'buf', { on: 'nic', as: 'object' }),
        step('write', 'object', { length: '4 KiB' }),
        step('reset', 'nvme'),
      ],
    },
    house: { driver: 'amdgpu', plugins: [drm()] },
  },
  wrong: { driver: 'xe' },
  found: { invariant: 'INV-9' },
})
