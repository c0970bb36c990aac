/** A completion: a fence that can be had anew. */
import { type Completion, type Op, waitFor } from '@barter/core'
import { SimFence } from './fence.ts'
import type { Watch } from './watch.ts'

export class SimCompletion implements Completion {
  readonly name: string
  readonly #watch: Watch | undefined
  #fence: SimFence

  constructor(name: string, watch?: Watch) {
    this.name = name
    this.#watch = watch
    this.#fence = this.#fresh()
  }

  get done(): boolean {
    return this.#fence.signalled
  }

  /** Lets go everyone who waits, and whoever comes before it is armed again. */
  complete(): void {
    this.#fence.signal()
  }

  drops(): void {
    this.#fence.drops()
  }

  /** Those who still wait for a round that was not completed go on waiting, for the next one. */
  rearm(): void {
    if (this.#fence.signalled) this.#fence = this.#fresh()
  }

  wait(why: string): Op<void> {
    return waitFor(this.#fence, why)
  }

  #fresh(): SimFence {
    return new SimFence(this.name, { ofCompletion: true, watch: this.#watch })
  }
}
