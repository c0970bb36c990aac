import type { P2pProvider } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { withOffsets } from '../machines.ts'
import { type Story, writeOnly } from '../story.ts'
import { withProviders } from '../with-providers.ts'

export const secondWindow: Story = {
  ...writeOnly,
  title: 'the NIC writes into a BAR in the second window of the host bridge',
  actors: {
    ...writeOnly.actors,
    vmm: [step('open', 'nvme'), step('export', 'nvme', { bar: 2, as: 'buf' })],
  },
  house: {
    machine: withOffsets([
      { index: 0, length: '64 KiB', kind: 'mem32' },
      { index: 2, length: '64 KiB', kind: 'mem64pref' },
    ]),
  },
}

/** All with the offset of BAR 0. */
export const ofFirstBar = withProviders((provider, [first]): P2pProvider => ({
  ...provider,
  busOffset: first?.busOffset ?? provider.busOffset,
}))

export const BUG_17 = bug('BUG-17', {
  what: 'provider: one bus offset for all BARs of the device',
  story: secondWindow,
  wrong: { wrap: ofFirstBar },
  found: { invariant: 'INV-16' },
})
