/**
 * Places that may be made to fail, while schedules are explored: a tap may count its calls, so they come in an order. Taps
 * have no kernel to tell it by.
 */
import type { FaultPoint, SystemHooks } from '@barter/core'
import type { Watch } from '../kernel/watch.ts'

/** **Shape** the same hooks, as drivers ask them. */
export function watchFaults(hooks: SystemHooks, watch: Watch): SystemHooks {
  // That a hook is sealed counts as use of it.
  if (hooks.fault.taps.length === 0) return hooks
  const things = new Map<string, number>()
  const thingOf = (point: string): number => {
    const known = things.get(point) ?? watch.thing(`failures at ${point}`, -1)
    things.set(point, known)
    return known
  }
  const call = (at: FaultPoint): ReturnType<SystemHooks['fault']['call']> => {
    watch.log.write(thingOf(at.point))
    return hooks.fault.call(at)
  }
  const fault = Object.create(hooks.fault, { call: { value: call } }) as SystemHooks['fault']
  return { ...hooks, fault }
}
