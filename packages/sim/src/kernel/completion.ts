/** A completion: a fence that can be had anew. */
import { type Completion, type Op, type Shared, UNWATCHED, waitFor } from '@barter/core'
import { SimFence } from './fence.ts'
import type { Watch } from './watch.ts'

export class SimCompletion implements Completion {
  readonly name: string
  readonly #watch: Watch | undefined
  /** For explorers: which of its fences is the one that counts. */
  readonly #which: Shared
  readonly #group: number | undefined
  #rounds = 0
  #fence: SimFence

  constructor(name: string, watch?: Watch) {
    this.name = name
    this.#watch = watch
    this.#group = watch?.group
    this.#which = watch?.shared(`round of ${name}`) ?? UNWATCHED
    this.#fence = this.#fresh()
  }

  get done(): boolean {
    return this.#now.signalled
  }

  /** Lets go everyone who waits, and whoever comes before it is armed again. */
  complete(): void {
    this.#which.readHere()
    this.#fence.signal()
  }

  drops(): void {
    this.#which.readHere()
    this.#fence.drops()
  }

  /** Those who still wait for a round that was not completed go on waiting, for the next one. */
  rearm(): void {
    if (!this.#now.signalled) return
    this.#rounds++
    this.#fence = this.#fresh()
    this.#which.writeValue(this.#rounds)
  }

  wait(why: string): Op<void> {
    return waitFor(this.#now, why)
  }

  get #now(): SimFence {
    this.#which.readValue(this.#rounds)
    return this.#fence
  }

  #fresh(): SimFence {
    // It is the same whoever arms it again.
    const group = this.#rounds === 0 ? undefined : this.#group
    return new SimFence(this.name, { ofCompletion: true, watch: this.#watch, group })
  }
}
