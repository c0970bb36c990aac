/**
 * A kernel with one thread, for a lone `Op` outside a run: tests of a driver's argument checks, tools that ask one
 * question. Use it with `drive`. What would have to wait for somebody else fails at once.
 */
import { ContractError } from './errors.ts'
import type { Completion, Fence, Kernel, Lock, LockMode, RwSem, Task } from './kernel.ts'
import { acquire, drive, type Op, waitFor } from './op.ts'
import { UNWATCHED, UNWATCHED_TURNS } from './shared.ts'

export interface SoloKernel extends Kernel {
  /** Run what was deferred to the return to user space, in order. */
  returnToUser(): void
}

/** Spawned threads run to their end inside `spawn`; time stands still. */
export function soloKernel(): SoloKernel {
  const deferred: (() => Op<void>)[] = []
  return {
    lock: (name) => new SoloLock(name),
    rwsem: (name) => new SoloRwSem(name),
    fence: (name) => new SoloFence(name),
    completion: (name) => new SoloCompletion(name),
    spawn: (name, body): Task => {
      const ended = new SoloFence(`${name} ended`)
      drive(body())
      ended.signal()
      return { name, ended }
    },
    now: () => 0,
    tick: 0,
    deferToReturn: (_name, work) => {
      deferred.push(work)
    },
    shared: () => UNWATCHED,
    turns: () => UNWATCHED_TURNS,
    part: () => undefined,
    inside: (_part, work) => work,
    visit: (_part, work) => work,
    currentTask: () => undefined,
    currentPart: () => undefined,
    returnToUser: () => {
      for (let work = deferred.shift(); work !== undefined; work = deferred.shift()) drive(work())
    },
  }
}

class SoloFence implements Fence {
  readonly name: string
  signalled = false
  constructor(name: string) {
    this.name = name
  }
  signal(): void {
    this.signalled = true
  }
  passes(): boolean {
    return this.signalled
  }
}

class SoloCompletion implements Completion {
  readonly name: string
  #fence: SoloFence
  constructor(name: string) {
    this.name = name
    this.#fence = new SoloFence(name)
  }
  get done(): boolean {
    return this.#fence.signalled
  }
  complete(): void {
    this.#fence.signal()
  }
  rearm(): void {
    this.#fence = new SoloFence(this.name)
  }
  drops(): void {}
  wait(why: string): Op<void> {
    return waitFor(this.#fence, why)
  }
}

class SoloLock implements Lock {
  readonly name: string
  #held = false
  #freed: string | undefined
  constructor(name: string) {
    this.name = name
  }
  tryGrant(_mode: LockMode): boolean {
    if (this.#freed !== undefined) throw new ContractError('INV-27', `${this.name} is taken: ${this.#freed}`)
    if (this.#held) return false
    this.#held = true
    return true
  }
  lock(): Op<void> {
    return acquire(this, 'write')
  }
  tryLock(): boolean {
    return this.tryGrant('write')
  }
  unlock(): void {
    this.assertHeld()
    this.#held = false
  }
  free(why: string): void {
    if (this.#held) throw new ContractError('INV-27', `${this.name} is held: ${why}`)
    this.#freed = why
  }
  assertHeld(): void {
    if (!this.#held) throw new ContractError('INV-12', `${this.name} is not held`)
  }
  assertNotHeld(): void {
    if (this.#held) throw new ContractError('INV-12', `${this.name} is held`)
  }
}

class SoloRwSem implements RwSem {
  readonly name: string
  #readers = 0
  #writer = false
  constructor(name: string) {
    this.name = name
  }
  tryGrant(mode: LockMode): boolean {
    if (this.#writer || (mode === 'write' && this.#readers > 0)) return false
    if (mode === 'write') this.#writer = true
    else this.#readers++
    return true
  }
  downRead(): Op<void> {
    return acquire(this, 'read')
  }
  upRead(): void {
    if (this.#readers === 0) throw new ContractError('INV-12', `${this.name} is not held for reading`)
    this.#readers--
  }
  downWrite(): Op<void> {
    return acquire(this, 'write')
  }
  tryDownWrite(): boolean {
    return this.tryGrant('write')
  }
  upWrite(): void {
    this.assertHeldWrite()
    this.#writer = false
  }
  assertHeldWrite(): void {
    if (!this.#writer) throw new ContractError('INV-12', `${this.name} is not held for writing`)
  }
  assertNotHeld(rule = 'INV-12'): void {
    if (this.#writer || this.#readers > 0) throw new ContractError(rule, `${this.name} is held`)
  }
}
