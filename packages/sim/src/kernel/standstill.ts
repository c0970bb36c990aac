/**
 * The run is over and somebody still waits. What for tells whose fault it is (INV-9, INV-10, INV-23). Who waits for a lock
 * waits behind another, so only those at the end of a chain of waits count; who waits for user space may.
 */
import type { Party, Violation } from '@barter/core'
import type { Thread } from './thread.ts'
import { RESERVATION } from './lock-order.ts'
import { waitText } from './wait-for.ts'

export interface Standstill {
  /** **Shape** `what` makes a party of the thread. */
  readonly partyOf: (thread: Thread, what: string) => Party
  /** Somebody waits for unmaps: the judge knows who holds a mapping. */
  readonly waitsForUnmap: (waiter: Party, rule: string) => void
  /** Does user space have the device open that this thread unbinds? Then it may wait (TRG-15). */
  readonly isOpen: (thread: Thread) => boolean
  readonly report: (violation: Violation) => void
}

/** **Shape** `threads`: those that have not ended. */
export function judgeStandstill(threads: readonly Thread[], standstill: Standstill): void {
  const { partyOf, waitsForUnmap, isOpen, report } = standstill
  const waiting = (why: string): readonly Thread[] =>
    threads.filter(({ trap }) => trap?.kind === 'wait' && trap.why === why)
  const unmaps = waiting('unmap')
  const fences = waiting('fences')
  const asParty = (thread: Thread): Party => partyOf(thread, waitText(thread))
  for (const thread of fences) report(neverSignalled(asParty(thread)))
  for (const thread of unmaps) {
    // Who keeps the reservation meanwhile keeps importers from unmapping, and was found when the wait began (INV-11).
    if (!thread.held.some((lock) => lock.lockClass === RESERVATION)) waitsForUnmap(asParty(thread), 'REV-2')
  }
  // An unbind may wait for a close that waits for an importer, and for user space.
  if (unmaps.length > 0 || fences.length > 0) return
  for (const thread of waiting('registration')) if (!isOpen(thread)) report(neverUnbound(asParty(thread)))
}

const neverUnbound = (waiter: Party): Violation => ({
  invariant: 'INV-23',
  rule: 'TRG-15',
  message: `${waiter.who} ${waiter.what}, and nobody has the device open`,
  actor: waiter,
  parties: [],
})

const neverSignalled = (waiter: Party): Violation => ({
  invariant: 'INV-10',
  rule: 'HAZ-14',
  message: `${waiter.who} ${waiter.what}, and nobody is left who would signal them`,
  actor: waiter,
  parties: [],
})
