import { type Trigger, triggersOf } from '@barter/exporter-vfio-pci'
import type { ProtocolSteps } from '@barter/core'
import { bug } from '../bug.ts'
import { without } from '../edit-list.ts'
import { step } from '../house.ts'
import { CONVENTIONAL } from '../machines.ts'
import { borrow, lend, type Story, write } from '../story.ts'

const lists = triggersOf(new Set())
const unrevoked = (list: ProtocolSteps<Trigger>) => without(list, 'zap', 'revoke')

const during = (title: string, house: Story['house'], ...steps: Story['actors'][string]): Story => ({
  title,
  actors: { vmm: [...lend, ...steps], nic: [borrow, write] },
  ...(house === undefined ? {} : { house }),
})
const instead = 'nothing was taken back, so that no revoke has returned: the write reaches a device that is dark'

export const BUG_66 = bug(
  'BUG-66',
  {
    what: 'AF reset: no revoke',
    story: during(
      'a reset by the AF capability while the NIC writes',
      { drive: { pcie: false, flr: true }, machine: CONVENTIONAL },
      step('configWrite', 'nvme', { register: 'afctl', value: 1 }),
    ),
    wrong: { vfio: { protocols: { triggers: { 'function reset': unrevoked(lists['function reset']) } } } },
    found: { invariant: 'INV-14', instead },
  },
  {
    what: 'D3hot: no revoke',
    story: during(
      'the device is put to sleep while the NIC writes',
      undefined,
      step('configWrite', 'nvme', { register: 'pmcsr', value: 3 }),
      step('configWrite', 'nvme', { register: 'pmcsr', value: 0 }),
    ),
    wrong: { vfio: { protocols: { triggers: { D3hot: unrevoked(lists.D3hot) } } } },
    found: { invariant: 'INV-14', instead },
  },
  {
    what: 'low power entry: no revoke',
    story: during(
      'low power is allowed while the NIC writes',
      undefined,
      step('lowPower', 'nvme', { action: 'entry' }),
      step('sleep', '1 ms'),
      step('lowPower', 'nvme', { action: 'exit' }),
    ),
    wrong: { vfio: { protocols: { triggers: { 'low power entry': unrevoked(lists['low power entry']) } } } },
    found: { invariant: 'INV-14', instead },
  },
)
