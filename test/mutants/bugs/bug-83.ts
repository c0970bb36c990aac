import { destroyP2p, WITNESS } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'
import { borrow, lend, type Story } from '../story.ts'
import { withExporter } from '../wrap.ts'

const unbindWhileOpen: Story = {
  title: 'the driver is unbound while the device is open and its BAR lent',
  actors: {
    vmm: [...lend, borrow, step('start', 'admin'), step('close', 'nvme')],
    admin: [step('unbind', 'nvme')],
  },
}

/** The P2P state goes when the unbind begins, not when it ends. */
const hasty = withExporter((exporter, run) => {
  const remove = exporter.remove.bind(exporter)
  exporter.remove = function* (device) {
    destroyP2p(device)
    run.get(WITNESS).providerGone(device.bdf)
    yield* remove(device)
  }
})

export const BUG_83 = bug('BUG-83', {
  what: 'unbind: the provider goes before the last registration is given back',
  story: unbindWhileOpen,
  wrong: { wrap: hasty },
  found: { invariant: 'INV-3' },
})
