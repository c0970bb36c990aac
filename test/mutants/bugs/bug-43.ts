import { drm } from '@barter/importer-drm'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { lend, memoryOff } from '../story.ts'

export const BUG_43 = bug('BUG-43', {
  what: 'switch: amdgpu tells its attachment too late for its callback',
  story: {
    title: 'memory is switched off while a GPU attaches',
    actors: {
      vmm: [...lend, memoryOff],
      program: [step('import', 'buf', { on: 'nic', as: 'object', expect: ['ok', 'ENODEV'] })],
    },
    house: { driver: 'amdgpu', plugins: [drm()] },
  },
  wrong: { facts: { switches: ['BUG-43'] } },
  found: { never: 'harmless: the callback comes before anything is mapped, and uses nothing of what is told too late' },
})
