/** One thread of the modelled kernel: a generator, what it waits for, and what it holds. */
import { mixA, type Op, operation, type Part, type Task, type Trap } from '@barter/core'
import { SimFence } from './fence.ts'
import type { OwnedLock } from './owned-lock.ts'
import type { Watch, WatchedPart } from './watch.ts'

/**
 * `user`: a thread of a process inside its system calls. `kernel`: it never returns to user space. `hardware`: no thread at
 * all, but something that the machine does by itself, on time.
 */
export type ThreadKind = 'user' | 'kernel' | 'hardware'

/** Work for the return to user space (DMB-5). */
export interface Deferred {
  readonly name: string
  readonly work: () => Op<void>
  /** Whose code put it off, while schedules are explored: it is code of the same. */
  readonly part: Part | undefined
}

/** How a thread that broke a rule came to its end. */
export interface Death {
  readonly rule: string
  readonly message: string
}

export interface ThreadOrigin {
  /** The running thread; none for those that are there from the start. */
  readonly maker?: Thread | undefined
  readonly group?: number | undefined
  readonly watch?: Watch | undefined
}

export class Thread implements Task {
  /** Order of creation in this run, from 0. */
  readonly id: number
  readonly name: string
  readonly kind: ThreadKind
  readonly ended: SimFence
  /** What it yielded last; `undefined` before it first runs and while it runs. */
  trap: Trap | undefined
  /** Tick at which a sleep is over. */
  wakeAt = 0
  /** The same while schedules are explored, see `Scheduler.clock`. */
  due = 0
  /** Tick since which it really waits; `undefined` while it could go on. */
  blockedSince: number | undefined
  death: Death | undefined
  readonly #body: () => Op<void>
  #op: Op<void> | undefined
  /** In the order in which they were taken. */
  readonly held: OwnedLock[] = []
  readonly deferred: Deferred[] = []
  /** Of whom it is, while schedules are explored: see `ExploredRun.groupOf`. */
  readonly group: number
  /** Fences that it has waited for and remembers, while schedules are explored. */
  readonly passed: number[] = []
  /** How long it has slept, and the thing that stands for that; while schedules are explored. **Units** ticks. */
  slept = 0
  sleepThing = -1
  /** Parts of the system whose code it runs, innermost last. */
  readonly parts: WatchedPart[] = []
  /** By whom it was made, and the how manieth of these it is: the same in every schedule. */
  readonly who: number
  #children = 0

  constructor(
    id: number,
    name: string,
    kind: ThreadKind,
    body: () => Op<void>,
    { maker, group = -1, watch }: ThreadOrigin = {},
  ) {
    this.id = id
    this.who = maker === undefined ? id : mixA(maker.who, maker.#children++)
    this.name = name
    this.kind = kind
    this.#body = body
    this.ended = new SimFence(`end of ${name}`, { owner: this, watch, group })
    this.group = group
  }

  /** So many things it has to do before it is in user space again: what it put off, and locks to give back. */
  get owes(): number {
    return this.deferred.length + this.held.length
  }

  /** Run to the next trap. The body is called here and not when the thread is made, so that it acts as this thread. */
  resume(): IteratorResult<Trap, void> {
    this.#op ??= operation(this.#body(), 'the body of a thread', `in ${this.name}`)
    return this.#op.next()
  }

  /** At the place where it stands. */
  throw(error: Error): void {
    this.#op?.throw(error)
  }

  /** Could go on if it were chosen now. */
  canRun(now: number): boolean {
    const { trap } = this
    if (trap === undefined) return true
    switch (trap.kind) {
      case 'point':
        return true
      case 'sleep':
        return now >= this.wakeAt
      case 'wait':
        return trap.fence instanceof SimFence ? trap.fence.isOver : trap.fence.signalled
      case 'acquire':
        return (trap.lock as OwnedLock).mayBeChosen(this, trap.mode)
    }
  }
}
