/** A promise of finished work. The scheduler looks at `signalled`; nobody needs to be woken. */
import type { Fence } from '@barter/core'
import type { Thread } from './thread.ts'
import type { Watch } from './watch.ts'

export interface FenceOptions {
  readonly owner?: Thread
  readonly ofCompletion?: boolean
  /** Told who looks and who signals. */
  readonly watch?: Watch | undefined
}

export class SimFence implements Fence {
  readonly name: string
  /** Belongs to a completion: those may not be waited for with a reservation held (INV-11); plain fences may (DMB-22). */
  readonly ofCompletion: boolean
  /** The one thread whose doing it is that this signals, when there is such a one. */
  readonly owner: Thread | undefined
  readonly #watch: Watch | undefined
  readonly #thing: number
  #signalled = false

  constructor(name: string, { owner, ofCompletion = false, watch }: FenceOptions = {}) {
    this.name = name
    this.owner = owner
    this.ofCompletion = ofCompletion
    this.#watch = watch
    this.#thing = watch === undefined ? -1 : watch.thing(name)
  }

  get signalled(): boolean {
    this.#watch?.log.readValue(this.#thing, this.#signalled ? 1 : 0)
    return this.#signalled
  }

  /** For the scheduler, whose look is nobody's. */
  get isOver(): boolean {
    return this.#signalled
  }

  /** The running thread waited for it and goes on. */
  passed(): void {
    this.#watch?.log.waited(this.#thing)
  }

  /** Signalling again does nothing. */
  signal(): void {
    if (this.#signalled) {
      this.#watch?.log.readValue(this.#thing, 1)
      return
    }
    this.#signalled = true
    this.#watch?.log.writeValue(this.#thing, 1)
    this.#watch?.log.signalled(this.#thing)
  }
}
