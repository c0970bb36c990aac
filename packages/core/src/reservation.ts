/** The reservation of a buffer: its lock, and the fences of work that is still under way (DMB-21, DMB-22). */
import type { Fence, Kernel, Lock } from './kernel.ts'
import { type Op, waitFor } from './op.ts'
import type { Shared } from './shared.ts'

/** Ordered: a query for one usage returns all fences of that usage and those before it. */
export const FENCE_USAGES = ['kernel', 'write', 'read', 'bookkeep'] as const
export type FenceUsage = (typeof FENCE_USAGES)[number]

export class Reservation {
  readonly kernel: Kernel
  readonly lock: Lock
  readonly #shared: Shared
  readonly #fences: { readonly fence: Fence; readonly usage: FenceUsage }[] = []

  constructor(kernel: Kernel, name: string) {
    this.kernel = kernel
    this.lock = kernel.lock(`resv(${name})`, kernel.shared('life of a reservation'))
    this.#shared = kernel.shared('fences of a reservation')
  }

  /** Do `work` with the reservation held, and let go of it whatever comes. **Locks** the reservation is not held. */
  *locked<T>(work: () => Op<T>): Op<T> {
    yield* this.lock.lock()
    try {
      return yield* work()
    } finally {
      this.lock.unlock()
    }
  }

  /** **Locks** the reservation is held. */
  addFence(fence: Fence, usage: FenceUsage): void {
    this.lock.assertHeld()
    this.#forgetSignalled()
    this.#fences.push({ fence, usage })
    this.#shared.write()
  }

  /** Fences of `usage` and of all usages before it that have not signalled. */
  pending(usage: FenceUsage): readonly Fence[] {
    this.#shared.read()
    const level = FENCE_USAGES.indexOf(usage)
    return this.#fences
      .filter((held) => FENCE_USAGES.indexOf(held.usage) <= level && !held.fence.signalled)
      .map((held) => held.fence)
  }

  /**
   * Wait, uninterruptibly and without limit, for all fences up to `usage`: one that never signals holds whoever waits, with
   * all the locks they hold (HAZ-14). **Locks** none needed; may be called with the reservation held.
   */
  *wait(usage: FenceUsage): Op<void> {
    for (const fence of this.pending(usage)) yield* waitFor(fence, 'fences')
  }

  #forgetSignalled(): void {
    for (let i = this.#fences.length - 1; i >= 0; i--) {
      if (this.#fences[i]?.fence.signalled === true) this.#fences.splice(i, 1)
    }
  }
}
