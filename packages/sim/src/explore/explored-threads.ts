/** The threads of a scheduler, stepped from outside. */
import type { ExploredRun, Standing } from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import { OwnedLock } from '../kernel/owned-lock.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Thread } from '../kernel/thread.ts'
import { standText } from '../kernel/wait-for.ts'

/** What an `ExploredRun` says of its threads, and how it steps them. */
export class ExploredThreads implements Omit<ExploredRun, 'found' | 'violations' | 'finish'> {
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get threads(): number {
    return this.#scheduler.threads.length
  }

  canRun(thread: number): boolean {
    return this.#scheduler.mayRun(thread)
  }

  hasEnded(thread: number): boolean {
    const found = this.#scheduler.threads[thread]
    return found === undefined || found.ended.isOver || found.death !== undefined
  }

  blockedOn(thread: number): number {
    const trap = this.#scheduler.threads[thread]?.trap
    const isBlocked = trap?.kind === 'acquire' && trap.lock instanceof OwnedLock && !this.canRun(thread)
    return isBlocked ? trap.lock.thing : -1
  }

  blockedShared(thread: number): boolean {
    const trap = this.#scheduler.threads[thread]?.trap
    return trap?.kind === 'acquire' && trap.mode === 'read'
  }

  standing(thread: number): Standing {
    const { threads, clock } = this.#scheduler
    const found = threads[thread]
    return found === undefined ? NOWHERE : standingOf(found, clock)
  }

  step(thread: number): void {
    this.#scheduler.stepOf(thread)
  }

  groupOf(thread: number): number {
    return this.#scheduler.threads[thread]?.group ?? -1
  }

  nameOf(thread: number): string {
    return this.#scheduler.threads[thread]?.name ?? ''
  }

  standsAt(thread: number): string {
    const found = this.#scheduler.threads[thread]
    return found === undefined ? 'is not made' : standText(found)
  }

  get halted(): boolean {
    return this.#scheduler.haltedBy !== undefined
  }
}

const NOWHERE: Standing = { kind: 'ended', thing: -1, shared: false, ticks: 0, isHardware: false }

function standingOf(thread: Thread, clock: number): Standing {
  const isHardware = thread.kind === 'hardware'
  if (thread.ended.isOver || thread.death !== undefined) return { ...NOWHERE, isHardware }
  const { trap } = thread
  const at = { ...NOWHERE, isHardware }
  switch (trap?.kind) {
    case undefined:
    case 'point':
      return { ...at, kind: 'ready' }
    case 'sleep':
      // The step counts itself.
      return { ...at, kind: 'sleep', ticks: thread.due - (clock - 1) }
    case 'wait':
      return trap.fence instanceof SimFence
        ? { ...at, kind: 'fence', thing: trap.fence.thing }
        : { ...at, kind: 'other' }
    case 'acquire':
      return trap.lock instanceof OwnedLock
        ? {
            ...at,
            kind: trap.lock.standing(thread, trap.mode),
            thing: trap.lock.thing,
            shared: trap.mode === 'read',
          }
        : { ...at, kind: 'other' }
  }
}
