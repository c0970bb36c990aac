import { lendAny } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { failing } from '../failing.ts'
import { step } from '../house.ts'

export const BUG_7 = bug('BUG-7', {
  what: 'export: nobody asks whether the BAR is claimed',
  story: {
    title: 'an export of a BAR that somebody else owns',
    actors: { vmm: [step('open', 'nvme'), step('export', 'nvme', { bar: 0, expect: ['ENODEV'] })] },
    house: { plugins: [failing('vfio:claim')] },
  },
  wrong: { vfio: { protocols: { lendCheck: lendAny } } },
  found: { rule: 'VFIO-15' },
})
