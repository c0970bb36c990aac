/** A promise of finished work. The scheduler looks at `signalled`; nobody needs to be woken. */
import type { Fence } from '@barter/core'
import type { Thread } from './thread.ts'

export class SimFence implements Fence {
  readonly name: string
  /** Belongs to a completion: those may not be waited for with a reservation held (INV-11); plain fences may (DMB-22). */
  readonly ofCompletion: boolean
  /** The one thread whose doing it is that this signals, when there is such a one. */
  readonly owner: Thread | undefined
  #signalled = false

  constructor(name: string, { owner, ofCompletion = false }: { owner?: Thread; ofCompletion?: boolean } = {}) {
    this.name = name
    this.owner = owner
    this.ofCompletion = ofCompletion
  }

  get signalled(): boolean {
    return this.#signalled
  }

  /** Signalling again does nothing. */
  signal(): void {
    this.#signalled = true
  }
}
