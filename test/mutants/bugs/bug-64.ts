import { UNREVOKE_G1 } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { resetWhileMappingAgain } from '../story.ts'

export const BUG_64 = bug('BUG-64', {
  what: 'un-revoke: the flag is down before importers are told (6.19)',
  story: resetWhileMappingAgain,
  wrong: { vfio: { protocols: { unrevoke: UNREVOKE_G1 } } },
  found: {
    never: 'harmless: an importer may map and is told at once, with the reservation held all the while (GEN-10)',
  },
})
