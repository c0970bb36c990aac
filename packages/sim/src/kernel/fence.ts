/** A promise of finished work. The scheduler looks at `signalled`; nobody needs to be woken. */
import type { Fence } from '@barter/core'
import type { Thread } from './thread.ts'
import type { Watch } from './watch.ts'

export interface FenceOptions {
  readonly owner?: Thread
  readonly ofCompletion?: boolean
  /** Told who looks and who signals. */
  readonly watch?: Watch | undefined
  /** Whose it is, for them: the maker's unless given. */
  readonly group?: number | undefined
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

  constructor(name: string, { owner, ofCompletion = false, watch, group }: FenceOptions = {}) {
    this.name = name
    this.owner = owner
    this.ofCompletion = ofCompletion
    this.#watch = watch
    this.#thing = watch === undefined ? -1 : watch.thing(name, group)
  }

  get signalled(): boolean {
    if (this.#signalled && this.#watch?.hasPassed(this.#thing) === true) return true
    this.#watch?.log.readValue(this.#thing, this.#signalled ? 1 : 0)
    return this.#signalled
  }

  /** Number under which an explorer knows it. */
  get thing(): number {
    return this.#thing
  }

  /** For the scheduler, whose look is nobody's. */
  get isOver(): boolean {
    return this.#signalled
  }

  /** While schedules are explored a thread stops at every wait, over or not: others may act there. */
  passes(): boolean {
    return this.#signalled && this.#watch === undefined
  }

  /** The running thread has waited for it and goes on. */
  passed(): void {
    this.#watch?.passes(this.#thing)
  }

  /** Signalling again does nothing: of several it is of no consequence who came first. */
  signal(): void {
    this.#watch?.log.addValue(this.#thing, 1)
    if (this.#signalled) return
    this.#signalled = true
    this.#watch?.log.signalled(this.#thing)
  }

  /** One is over of those whose last one signals. */
  drops(): void {
    this.#watch?.log.drops(this.#thing)
  }
}
