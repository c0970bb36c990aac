/** How a hot reset comes by the memory locks of all devices of a set, and whom it lets go in the end (VFIO-41). */
import type { Op } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

export interface HotResetLocks {
  /** Take the `memory_lock` of one more member for writing. **Shape** false: it is not to be had. */
  take(member: VfioDevice): Op<boolean>
  /** **Shape** `reached`: those whose lock was taken, in order; gives those to be undone, in order. */
  undone(reached: readonly VfioDevice[], members: readonly VfioDevice[]): readonly VfioDevice[]
}

/** Several at once, so each is only tried; undone in reverse, and only those that were reached (TRG-10). */
export const TRY_EACH: HotResetLocks = {
  *take({ memoryLock }) {
    return memoryLock.tryDownWrite()
  },
  undone: (reached) => [...reached].reverse(),
}
