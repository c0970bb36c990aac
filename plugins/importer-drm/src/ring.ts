/** A queue of commands that a GPU, or the host behind a virtual one, works off in order. */
import { type Device, type Fence, hashOfText, type Kernel, type Op, type Shared, waitFor } from '@barter/core'

export interface Command {
  readonly what: string
  /** The device, where the name of the command says it. */
  readonly of?: string
}

export class Ring {
  readonly #kernel: Kernel
  /** What was queued last, as long as it is not done. */
  #last: Fence | undefined
  /** For explorers: all that was queued, as a number, and whether something is left to do. */
  readonly #shared: Shared
  #queued = 0
  #count = 0

  constructor(kernel: Kernel, device: Device) {
    this.#kernel = kernel
    this.#shared = kernel.shared('commands of a ring', device)
  }

  /**
   * Queue `work` behind all that was queued before; it also waits for `after`. **Shape** gives the fence that signals
   * when the work is done, however it ends. The caller does not wait, and may hold anything.
   */
  queue({ what, of }: Command, after: readonly Fence[], work: () => Op<void>): Fence {
    const name = of === undefined ? what : `${what} of ${of}`
    this.#shared.readValue(this.#value)
    // Whoever comes next waits for it, and knows what was queued, but not by whom.
    const fence = this.#kernel.fence(`${name}, command ${++this.#count}`)
    const before = this.#last
    this.#last = fence
    this.#queued = hashOfText(what, this.#queued)
    this.#shared.writeValue(this.#value)
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
    this.#shared.readValue(this.#value)
    if (this.#last !== fence) return
    this.#last = undefined
    this.#shared.writeValue(this.#value)
  }

  get #value(): number {
    return this.#last === undefined ? this.#queued : -1 - this.#queued
  }
}
