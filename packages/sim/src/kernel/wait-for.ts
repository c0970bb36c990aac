/** Who waits for whom. */
import type { Trap } from '@barter/core'
import type { OwnedLock } from './owned-lock.ts'
import { SimFence } from './fence.ts'
import type { Thread } from './thread.ts'

export interface Wait {
  /** Name of the lock, fence or `time`. */
  readonly on: string
  readonly why: string
  readonly mode?: 'read' | 'write'
  /** Of a lock: those who are in the way. */
  readonly holder?: string
}

/** What `describeWait` calls `on`, without the rest. */
export const waitsOn = ({ trap }: Thread): string => nameOf(trap)

function nameOf(trap: Trap | undefined): string {
  if (trap?.kind === 'acquire') return trap.lock.name
  if (trap?.kind === 'wait') return trap.fence.name
  return trap?.kind === 'sleep' ? 'time' : 'its turn'
}

/** Threads of which each has to do something before `thread` goes on. Of a plain fence nobody knows who signals it. */
export function blockersOf(thread: Thread): readonly Thread[] {
  const { trap } = thread
  if (trap?.kind === 'acquire') return (trap.lock as OwnedLock).blockers(thread, trap.mode)
  if (trap?.kind === 'wait' && trap.fence instanceof SimFence && trap.fence.owner !== undefined) {
    return [trap.fence.owner]
  }
  return []
}

/** What a thread that cannot run waits for. */
export const describeWait = (thread: Thread): Wait => waitOf(thread.trap, blockersOf(thread))

/** The same of what is known of it. */
export function waitOf(trap: Trap | undefined, blockers: readonly Thread[]): Wait {
  const on = nameOf(trap)
  switch (trap?.kind) {
    case 'acquire': {
      const holders = blockers.map((blocker) => blocker.name)
      const holder = holders.length === 0 ? {} : { holder: holders.join(', ') }
      const why = holders.length === 0 ? 'has to take it' : `held by ${holders.join(', ')}`
      return { on, mode: trap.mode, why, ...holder }
    }
    case 'wait':
      return { on, why: trap.why }
    case 'sleep':
      return { on, why: `sleeps ${trap.ticks} ticks` }
    default:
      return { on, why: 'could go on' }
  }
}

/** The threads of a circle through `start`, from it on: each waits for the next, the last for `start`. */
export function findCycle(start: Thread): readonly Thread[] | undefined {
  // As nearly always: who is in the way can go on.
  if (!blockersOf(start).some((one) => one === start || one.blockedSince !== undefined)) return undefined
  const seen = new Set<Thread>()
  const search = (thread: Thread, path: readonly Thread[]): readonly Thread[] | undefined => {
    for (const next of blockersOf(thread)) {
      if (next === start) return path
      if (seen.has(next) || next.blockedSince === undefined) continue
      seen.add(next)
      const found = search(next, [...path, next])
      if (found !== undefined) return found
    }
    return undefined
  }
  return search(start, [start])
}

/** `vmm waits for resv(buf), held by nic; nic waits for end of worker (unmap)`. */
export function waitChain(start: Thread): string {
  const clauses: string[] = []
  const seen = new Set<Thread>()
  let at: Thread | undefined = start
  while (at !== undefined && !seen.has(at)) {
    seen.add(at)
    clauses.push(describeThread(at))
    at = blockersOf(at)[0]
  }
  return clauses.join('; ')
}

/** `nic waits for memory_lock(nvme), held by vmm`. */
const describeThread = (thread: Thread): string => `${thread.name} ${waitText(thread)}`

/** As `waitText`, also for one that can go on: what it does next. */
export const standText = (thread: Thread): string =>
  thread.death === undefined && thread.trap?.kind === 'point' ? `comes to "${thread.trap.label}"` : waitText(thread)

export function waitText(thread: Thread): string {
  if (thread.death !== undefined) return `broke a rule and is gone (${thread.death.rule})`
  // A look for people, which is no read of the thread that ran last.
  if (thread.ended.isOver) return 'has ended'
  const { on, why, mode } = describeWait(thread)
  return thread.trap?.kind === 'acquire'
    ? `waits for ${on}${mode === 'read' ? ' (to read)' : ''}, ${why}`
    : `waits for ${on} (${why})`
}
