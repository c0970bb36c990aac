/** What drivers of a run get as `KERNEL`. */
import type { Completion, Fence, Kernel, Lock, Op, RwSem, Task } from '@barter/core'
import { SimCompletion } from './completion.ts'
import { SimFence } from './fence.ts'
import { Mutex } from './mutex.ts'
import { broken } from './owned-lock.ts'
import { SimRwSem } from './rw-sem.ts'
import type { Scheduler } from './scheduler.ts'

export class SimKernel implements Kernel {
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  lock(name: string): Lock {
    return new Mutex(name, this.#scheduler)
  }

  rwsem(name: string): RwSem {
    return new SimRwSem(name, this.#scheduler)
  }

  fence(name: string): Fence {
    return new SimFence(name)
  }

  completion(name: string): Completion {
    return new SimCompletion(name)
  }

  spawn(name: string, body: () => Op<void>): Task {
    return this.#scheduler.spawn(name, 'kernel', body)
  }

  now(): number {
    return this.#scheduler.now
  }

  /** A thread that never returns to user space hands the work to a worker at once, as the kernel's delayed `fput` does. */
  deferToReturn(name: string, work: () => Op<void>): void {
    const thread = this.#scheduler.current
    if (thread?.kind === 'user') thread.deferred.push({ name, work })
    else this.#scheduler.spawn(name, 'kernel', work)
  }

  /**
   * The current thread goes back to user space: what was deferred is done now, in order, in this thread.
   * **Errors** `ContractError` INV-12 when it still holds a lock.
   */
  *returnToUser(): Op<void> {
    const thread = this.#scheduler.thread()
    for (;;) {
      if (thread.held.length > 0) {
        throw broken(`${thread.name} returns to user space holding ${thread.held.map((lock) => lock.name).join(', ')}`)
      }
      const deferred = thread.deferred.shift()
      if (deferred === undefined) return
      yield* deferred.work()
    }
  }
}
