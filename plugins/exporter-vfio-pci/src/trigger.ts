/** One trigger under way: what makes the driver revoke, and what it is all for (section 4.5 of behaviour.md). */
import type { KernelError, Op } from '@barter/core'
import { checkStates } from './check-states.ts'
import { runSteps, type Steps } from './protocol.ts'
import type { VfioDevice } from './vfio-device.ts'

export type TriggerName =
  | 'memory off'
  | 'memory on'
  | 'D3hot'
  | 'D0 to D2'
  | 'function reset'
  | 'device reset'
  | 'hot reset begins'
  | 'hot reset ends'
  | 'low power entry'
  | 'low power exit'
  | 'wake-up'
  | 'close'

export interface Trigger {
  readonly device: VfioDevice
  readonly name: TriggerName
  /** Write the register, reset the function. */
  act(): Op<void>
  /** What the action failed with. */
  failure?: KernelError
}

export type Triggers = Readonly<Record<TriggerName, Steps<Trigger>>>

/**
 * Run a trigger's list around `action`. Gives the error that the action failed with, if it did; the list is run to its
 * end all the same. **Shape** `failure`: of an action that came before the list.
 *
 * **Locks** `memory_lock` and what comes after it are not held, but for a hot reset, which has tried them before.
 */
export function* runTrigger(
  device: VfioDevice,
  name: TriggerName,
  action: () => Op<void> = nothing,
  failure?: KernelError,
): Op<KernelError | undefined> {
  const trigger: Trigger = { device, name, act: action, ...(failure === undefined ? {} : { failure }) }
  const { trace, protocols } = device.services
  yield* runSteps(trace, name, device.device.name, protocols.triggers[name], trigger)
  checkStates(device, name)
  return trigger.failure
}

function* nothing(): Op<void> {}
