/** A queue of commands that a GPU, or the host behind a virtual one, works off in order. */
import { type Fence, type Kernel, type Op, waitFor } from '@barter/core'

export class Ring {
  readonly #kernel: Kernel
  #last: Fence | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /**
   * Queue `work` behind all that was queued before; it also waits for `after`. **Shape** gives the fence that signals
   * when the work is done, however it ends. The caller does not wait, and may hold anything.
   */
  queue(name: string, after: readonly Fence[], work: () => Op<void>): Fence {
    const fence = this.#kernel.fence(name)
    const before = this.#last
    this.#last = fence
    this.#kernel.spawn(name, () => inTurn(before, after, work, fence))
    return fence
  }
}

function* inTurn(before: Fence | undefined, after: readonly Fence[], work: () => Op<void>, fence: Fence): Op<void> {
  if (before !== undefined) yield* waitFor(before, 'its turn')
  for (const dependency of after) yield* waitFor(dependency, 'dependency')
  try {
    yield* work()
  } finally {
    fence.signal()
  }
}
