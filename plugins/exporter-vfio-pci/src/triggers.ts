/**
 * What each trigger does under `memory_lock`, as lists of generation G2 (section 4.5 of behaviour.md).
 *
 * The common shape: lock, zap what the CPU has mapped, revoke, act, un-revoke if memory is enabled, unlock. The action
 * begins after everybody has let go, and the way back opens only after it has ended (INV-14). In low power it stays shut
 * until that is over (TRG-20).
 */
import { answersConfig, done, KernelError, type Op } from '@barter/core'
import { instant, step, type Steps } from './protocol.ts'
import { giveUpAll, revokeAll, unrevokeAll } from './revoke.ts'
import { wakeDevice } from './set-device-power.ts'
import type { Trigger, Triggers } from './trigger.ts'

export const lockMemory = step<Trigger>('lockMemory', 'VFIO-40', ({ device }) => device.memoryLock.downWrite())
export const unlockMemory = instant<Trigger>('unlockMemory', 'VFIO-40', ({ device }) => {
  device.memoryLock.upWrite()
})
/** What the CPU has mapped goes; who faults waits for the lock, and asks again then (MM-9, VFIO-42). */
export const zap = step<Trigger>('zap', 'MM-9', ({ device }) => device.cpuMemory.zap())
export const revoke = step<Trigger>('revoke', 'REV-1', ({ device, name }) => revokeAll(device, name))
export const act = step<Trigger>('act', 'INV-14', actAndRemember)
export const wakeUp = step<Trigger>('wakeUp', 'TRG-9', ({ device }) => wakeDevice(device))
export const giveUp = step<Trigger>('giveUp', 'REV-8', ({ device }) => giveUpAll(device))
export const unrevokeIfEnabled = unrevokeWhen('unrevokeIfEnabled', 'VFIO-20', ({ device }) => device.mayLend)
/** The real kernel returns the error of a failed write and leaves everything revoked (TRG-3, BUG-33). */
export const unrevokeIfWritten = unrevokeWhen(
  'unrevokeIfWritten',
  'TRG-3',
  ({ device, failure }) => device.mayLend && failure === undefined,
)
/** A function that did not come back from its reset stays revoked; the real kernel does not look (TRG-19, BUG-40). */
export const unrevokeIfBack = unrevokeWhen(
  'unrevokeIfBack',
  'TRG-19',
  ({ device, failure }) => device.mayLend && (failure === undefined || answersConfig(device.device)),
)

export const CLOSE_AFTER_REVOKE: Steps<Trigger> = [lockMemory, revoke, giveUp, unlockMemory]
/** Giving up revokes by itself (GEN-13). */
export const CLOSE_AT_ONCE: Steps<Trigger> = [lockMemory, giveUp, unlockMemory]

const known = new WeakMap<ReadonlySet<string>, Triggers>()

/** The lists; switches for defects of the real kernel pick others. **Shape** `switches` of a system, which never change. */
export function triggersOf(switches: ReadonlySet<string>): Triggers {
  const found = known.get(switches) ?? listsOf(switches)
  known.set(switches, found)
  return found
}

function listsOf(switches: ReadonlySet<string>): Triggers {
  const afterWrite = switches.has('BUG-33') ? unrevokeIfWritten : unrevokeIfEnabled
  const afterReset = switches.has('BUG-40') ? unrevokeIfEnabled : unrevokeIfBack
  return {
    'memory off': [lockMemory, zap, revoke, act, afterWrite, unlockMemory],
    'memory on': [lockMemory, act, afterWrite, unlockMemory],
    D3hot: [lockMemory, zap, revoke, act, unrevokeIfEnabled, unlockMemory],
    'D0 to D2': [lockMemory, act, unrevokeIfEnabled, unlockMemory],
    'function reset': [lockMemory, zap, revoke, act, afterReset, unlockMemory],
    'device reset': [lockMemory, zap, wakeUp, revoke, act, afterReset, unlockMemory],
    // Several devices at once: memory_lock is only tried, before these lists (VFIO-41).
    'hot reset begins': [revoke, zap],
    'hot reset ends': [afterReset, unlockMemory],
    // Nothing undoes the revoke (TRG-11).
    'low power entry': [lockMemory, zap, revoke, act, unlockMemory],
    'low power exit': [lockMemory, act, unrevokeIfEnabled, unlockMemory],
    // The real kernel leaves low power without a look at the buffers (TRG-13, BUG-35).
    'wake-up': switches.has('BUG-35')
      ? [lockMemory, act, unlockMemory]
      : [lockMemory, act, unrevokeIfEnabled, unlockMemory],
    close: CLOSE_AFTER_REVOKE,
  }
}

function unrevokeWhen(name: string, rule: string, condition: (trigger: Trigger) => boolean) {
  return step<Trigger>(name, rule, (trigger) => (condition(trigger) ? unrevokeAll(trigger.device) : done(undefined)))
}

function* actAndRemember(trigger: Trigger): Op<void> {
  try {
    yield* trigger.act()
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    trigger.failure = error
  }
}
