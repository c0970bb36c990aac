import { protocolStep } from '@barter/core'
import { type Trigger, triggersOf, unrevokeAll } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { movedBehind, replaced } from '../edit-list.ts'
import { memoryOffAndOn, resetWhileMapping } from '../story.ts'

const { 'device reset': RESET, 'memory off': OFF } = triggersOf(new Set())
const unrevoke = protocolStep<Trigger>('unrevoke', 'BUG-63', ({ device }) => unrevokeAll(device))

export const BUG_63 = bug(
  'BUG-63',
  {
    what: 'device reset: buffers are live again before the reset is over',
    story: resetWhileMapping,
    wrong: { vfio: { protocols: { triggers: { 'device reset': movedBehind(RESET, 'unrevokeIfBack', 'revoke') } } } },
    found: { invariant: 'INV-14' },
  },
  {
    what: 'memory off: buffers are live again although memory is disabled',
    story: memoryOffAndOn,
    wrong: { vfio: { protocols: { triggers: { 'memory off': replaced(OFF, 'unrevokeIfEnabled', unrevoke) } } } },
    found: { invariant: 'INV-15' },
  },
)
