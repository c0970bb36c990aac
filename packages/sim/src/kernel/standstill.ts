/**
 * The run is over and somebody still waits. What for tells whose fault it is (INV-9, INV-10, INV-23). Who waits for a lock
 * waits behind another, so only those at the end of a chain of waits count; who waits for user space may.
 */
import type { Party, Violation } from '@barter/core'
import type { Thread } from './thread.ts'
import { RESERVATION } from './lock-order.ts'
import { describeThread } from './wait-for.ts'

export interface Standstill {
  /** **Shape** `what` makes a party of the thread. */
  readonly partyOf: (thread: Thread, what: string) => Party
  /** Somebody waits for unmaps: the judge knows who holds a mapping. */
  readonly waitsForUnmap: (waiter: Party, rule: string) => void
  readonly report: (violation: Violation) => void
}

/** **Shape** `threads`: those that have not ended. */
export function judgeStandstill(threads: readonly Thread[], { partyOf, waitsForUnmap, report }: Standstill): void {
  for (const thread of threads) {
    if (thread.trap?.kind !== 'wait') continue
    const { why } = thread.trap
    if (why !== 'unmap' && why !== 'fences') continue
    const waiter = partyOf(thread, describeThread(thread))
    if (why === 'fences') report(neverSignalled(waiter))
    // Who keeps the reservation meanwhile keeps importers from unmapping, and was found when the wait began (INV-11).
    else if (!thread.held.some((lock) => lock.lockClass === RESERVATION)) waitsForUnmap(waiter, 'REV-2')
  }
}

const neverSignalled = (waiter: Party): Violation => ({
  invariant: 'INV-10',
  rule: 'HAZ-14',
  message: `${waiter.what}, and nobody is left who would signal them`,
  actor: waiter,
  parties: [],
})
