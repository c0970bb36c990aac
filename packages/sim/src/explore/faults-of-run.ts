/** Places that may be made to fail, as the drivers of one run ask for them. */
import type { FaultPoint, SystemHooks } from '@barter/core'
import type { Watch } from '../kernel/watch.ts'

/**
 * The same hooks, with the run said to the taps. A tap may count calls, and at several places together, so while schedules
 * are explored these come in an order. It has no kernel to tell that by.
 */
export function faultsOfRun(hooks: SystemHooks, watch: Watch | undefined): SystemHooks {
  if (hooks.fault.taps.length === 0) return hooks
  const run = {}
  const counts = watch?.shared('failures that were asked for', -1)
  const call = (at: FaultPoint): ReturnType<SystemHooks['fault']['call']> => {
    counts?.write()
    return hooks.fault.call({ ...at, run })
  }
  const fault = Object.create(hooks.fault, { call: { value: call } }) as SystemHooks['fault']
  return { ...hooks, fault }
}
