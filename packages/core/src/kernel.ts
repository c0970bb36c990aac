/**
 * What driver code may ask of whoever runs it: locks, fences, threads, virtual time.
 *
 * A machine makes these; drivers keep them in fields. All waits are uninterruptible unless said otherwise.
 */
import type { Op } from './op.ts'
import type { Part, Shared, Turns } from './shared.ts'

export type LockMode = 'read' | 'write'

/** What a scheduler grants to a thread that yielded `acquire`. Drivers never call `tryGrant`. */
export interface Waitable {
  readonly name: string
  /** Take the lock for the current thread if it is free in this mode. Called by the scheduler (and `drive`) only. */
  tryGrant(mode: LockMode): boolean
}

/** A mutual-exclusion lock, as a kernel mutex. Not recursive. */
export interface Lock extends Waitable {
  lock(): Op<void>
  /** Take it if it is free: no wait. */
  tryLock(): boolean
  unlock(): void
  /**
   * What it is part of is freed: from now on nobody may take it. **Shape** `why` as a clause. **Errors** `ContractError` INV-27
   * when somebody has it, and for who takes it later.
   */
  free(why: string): void
  /** **Errors** throws a `ContractError` unless the current thread holds it (`lockdep_assert_held`). */
  assertHeld(): void
  /** **Errors** throws a `ContractError` if the current thread holds it. */
  assertNotHeld(): void
}

/** A read-write semaphore: many readers or one writer; a waiting writer keeps new readers out. */
export interface RwSem extends Waitable {
  downRead(): Op<void>
  upRead(): void
  downWrite(): Op<void>
  tryDownWrite(): boolean
  upWrite(): void
  assertHeldWrite(): void
  /** **Errors** throws a `ContractError` of `rule` (INV-12 unless given) if the current thread holds it. */
  assertNotHeld(rule?: string): void
}

/** A promise of finished work: signals once, for ever. */
export interface Fence {
  readonly name: string
  readonly signalled: boolean
  signal(): void
  /**
   * For a thread that is about to wait: it need not. Looking in this way teaches nothing, as the thread goes on in either case.
   * Always false while schedules are explored: others may act between what comes before a wait and what comes after it.
   */
  passes(): boolean
}

/** A completion that can be armed again (REV-2 step 8). */
export interface Completion {
  readonly name: string
  readonly done: boolean
  complete(): void
  rearm(): void
  /** For explorers: one is over of those whose last one completes it. */
  drops(): void
  /** `why` names the wait for a timeline: `unmap`, `registration`. */
  wait(why: string): Op<void>
}

export interface Task {
  readonly name: string
  /** Signals when the body has returned. */
  readonly ended: Fence
}

export interface Kernel {
  /** **Shape** `life`: of what it is part of and is freed with, if anything; it is told there who takes it. */
  lock(name: string, life?: Shared): Lock
  rwsem(name: string): RwSem
  fence(name: string): Fence
  completion(name: string): Completion
  /** Start another kernel thread. It runs when the scheduler chooses it, never inside this call. */
  spawn(name: string, body: () => Op<void>): Task
  /**
   * Virtual time in ticks; one tick is one microsecond. While schedules are explored a thread may be late by any time, so it is
   * how long the calling thread has slept: enough to see whether a limit of its own is over, and no time to hold against that
   * of another thread.
   */
  now(): number
  /** Virtual time to put on a report, in ticks. A driver decides nothing by it: explorers take no note of the look. */
  readonly tick: number
  /**
   * Do `work` when the current thread next returns to user space, or, in a thread that never does, from a worker
   * (`task_work_add`; DMB-5). Runs after the current step of an actor, holding no lock.
   */
  deferToReturn(name: string, work: () => Op<void>): void
  /**
   * State that threads share; `name` says which. Made where the state is made. **Shape** `of`: the device that it is about,
   * if any of several threads may be the first that needs it: so it is the same whoever makes it.
   */
  shared(name: string, of?: { readonly name: string }): Shared
  /** The order of a list, and the rounds that are made through it. Made where the list is made. */
  turns(name: string): Turns
  /** A new part; `undefined` in an ordinary run. */
  part(name: string): Part | undefined
  /** Run `work` as code of `part`: its steps count as touching whatever belongs to the part. */
  inside<T>(part: Part | undefined, work: Op<T>): Op<T>
  /**
   * As `inside`, of a call that gives nothing back: the caller knows afterwards no more than before. Without a part it is
   * code that tells by itself what it touches.
   */
  visit(part: Part | undefined, work: Op<void>): Op<void>
  /** The running thread; `undefined` when none runs. */
  currentTask(): Task | undefined
  /** The innermost part that the running code belongs to, if schedules are explored. */
  currentPart(): Part | undefined
}
