import { ATTACH_CHECKS } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind, without } from '../edit-list.ts'
import { step } from '../house.ts'
import { lend, memoryOff, type Story } from '../story.ts'

const withoutPeers: Story = {
  title: 'an importer without peer-to-peer attaches while the buffer is revoked',
  actors: { vmm: [...lend, memoryOff, step('import', 'buf', { on: 'nic', expect: ['EOPNOTSUPP'] })] },
  house: { nic: { peer2peer: false } },
}
const live: Story = {
  title: 'an importer without peer-to-peer attaches',
  actors: { vmm: [...lend, step('import', 'buf', { on: 'nic', expect: ['EOPNOTSUPP'] })] },
  house: { nic: { peer2peer: false } },
}
const deaf: Story = {
  title: 'an importer without a callback attaches',
  actors: { vmm: [...lend, step('import', 'buf', { on: 'nic', expect: ['EOPNOTSUPP'] })] },
  house: { nic: { told: 'nothing registered' } },
}

export const BUG_68 = bug(
  'BUG-68',
  {
    what: 'attach: it is asked whether the buffer is revoked before peer-to-peer',
    story: withoutPeers,
    wrong: { vfio: { protocols: { attachChecks: movedBehind(ATTACH_CHECKS, 'peer2peer', 'notRevoked') } } },
    found: { rule: 'VFIO-25' },
  },
  {
    what: 'attach: nobody asks for peer-to-peer',
    story: live,
    wrong: { vfio: { protocols: { attachChecks: without(ATTACH_CHECKS, 'peer2peer') } } },
    found: { rule: 'VFIO-25' },
  },
  {
    what: 'attach: nobody asks for a callback',
    story: deaf,
    wrong: { vfio: { protocols: { attachChecks: without(ATTACH_CHECKS, 'revocable') } } },
    found: { rule: 'VFIO-25' },
  },
)
