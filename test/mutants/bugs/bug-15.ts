import { bug } from '../bug.ts'
import { step } from '../house.ts'

export const BUG_15 = bug('BUG-15', {
  what: 'hot reset: also devices that nobody has open are asked whether memory is enabled',
  story: {
    title: 'a hot reset of two functions, of which one is open',
    actors: { vmm: [step('open', 'nvme'), step('hotReset', 'nvme', { groups: ['nvme', 'second'] })] },
    house: { drive: { functions: [{ endpoint: 'second' }] }, also: { second: 'vfio-pci' } },
  },
  wrong: { vfio: { protocols: { memoryEnabled: ({ config }) => config.memoryBit } } },
  found: { rule: 'GEN-17' },
})
