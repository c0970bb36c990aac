/** Which of the events of a run are worth a line to a reader who does not want them all. */
import type { TraceEvent } from '@barter/core'
import type { EventOf } from './event-text.ts'

/** **Units** ticks. */
const LONG_WAIT = 1000

/** Numbers (`seq`) of the waits and of the darkness to leave out. */
export function unremarkable(events: readonly TraceEvent[]): ReadonlySet<number> {
  return new Set([...shortWaits(events), ...idleDarkness(events)])
}

/**
 * Waits that are no news: for time, to be started, for what a step is about (the first thing in it), or short. What remains is who
 * waits for a lock that somebody holds, and what took long.
 */
function shortWaits(events: readonly TraceEvent[]): number[] {
  const left: number[] = []
  const waiting = new Map<string, { readonly event: EventOf<'blocked'>; readonly forTarget: boolean }>()
  const before = new Map<string, TraceEvent['kind']>()
  for (const event of events) {
    const last = before.get(event.task)
    if (event.kind === 'blocked') {
      waiting.set(event.task, { event, forTarget: last === undefined || last === 'step' })
    }
    before.set(event.task, event.kind)
    if (event.kind !== 'unblocked') continue
    const wait = waiting.get(event.task)
    waiting.delete(event.task)
    const lock = wait?.event.mode !== undefined
    const long = event.ticks >= LONG_WAIT
    const news = wait !== undefined && event.on !== 'time' && (lock || (long && !wait.forTarget))
    if (wait !== undefined && !news) left.push(wait.event.seq)
    if (!news || !long) left.push(event.seq)
  }
  return left
}

/** A device that lends nothing alive may go dark as it likes: at its first open, after its last close. */
function idleDarkness(events: readonly TraceEvent[]): number[] {
  const left: number[] = []
  const lender = new Map<string, string>()
  const alive = new Set<string>()
  const told = new Set<string>()
  for (const event of events) {
    if (event.kind === 'export') {
      lender.set(event.buffer, event.device)
      alive.add(event.buffer)
    }
    if (event.kind === 'state' && (event.state === 'dead' || event.state === 'released')) alive.delete(event.buffer)
    if (event.kind !== 'dark' && event.kind !== 'light') continue
    const lends = [...alive].some((buffer) => lender.get(buffer) === event.device)
    const known = told.has(event.device)
    if (event.kind === 'dark' && lends) told.add(event.device)
    if (event.kind === 'light') told.delete(event.device)
    if (!lends && !known) left.push(event.seq)
  }
  return left
}
