/** A queue of commands that a GPU, or the host behind a virtual one, works off in order. */
import { type Fence, hashOfText, type Kernel, type Op, type Shared, waitFor } from '@barter/core'

export class Ring {
  readonly #kernel: Kernel
  /** What was queued last, as long as it is not done. */
  #last: Fence | undefined
  /** For explorers: the names of what was queued since nothing was left to do, as a number. */
  readonly #shared: Shared
  #names = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#shared = kernel.shared('commands of a ring')
  }

  /**
   * Queue `work` behind all that was queued before; it also waits for `after`. **Shape** gives the fence that signals
   * when the work is done, however it ends. The caller does not wait, and may hold anything.
   */
  queue(name: string, after: readonly Fence[], work: () => Op<void>): Fence {
    const fence = this.#kernel.fence(name)
    this.#shared.readValue(this.#names)
    // One that is over is none; and which one it is, of several of one name, is told by the look.
    const before = this.#last?.signalled === false ? this.#last : undefined
    this.#last = fence
    this.#names = hashOfText(name, this.#names)
    this.#shared.writeValue(this.#names)
    this.#kernel.spawn(name, () => this.#inTurn(before, after, work, fence))
    return fence
  }

  *#inTurn(before: Fence | undefined, after: readonly Fence[], work: () => Op<void>, fence: Fence): Op<void> {
    if (before !== undefined) yield* waitFor(before, 'its turn')
    for (const dependency of after) yield* waitFor(dependency, 'dependency')
    try {
      yield* work()
    } finally {
      fence.signal()
      this.#done(fence)
    }
  }

  #done(fence: Fence): void {
    this.#shared.readValue(this.#names)
    if (this.#last !== fence) return
    this.#last = undefined
    this.#names = 0
    this.#shared.writeValue(0)
  }
}
