import { protocolStep, sleep } from '@barter/core'
import { REVOKE, type VfioBuffer } from '@barter/exporter-vfio-pci'
import { bug } from '../bug.ts'
import { replaced } from '../edit-list.ts'
import { resetWhileSlow } from '../story.ts'

const TICKS_PER_S = 1_000_000

const waitOneSecond = protocolStep<VfioBuffer>('waitUnmapped', 'GEN-20', function* ({ mappings }) {
  if (mappings.count > 0) yield* sleep(TICKS_PER_S)
})

export const BUG_12 = bug('BUG-12', {
  what: 'revoke: unmaps are awaited for a second, then it goes on',
  story: resetWhileSlow,
  wrong: { vfio: { protocols: { revoke: replaced(REVOKE, 'waitUnmapped', waitOneSecond) } } },
  found: { invariant: 'INV-1' },
})
