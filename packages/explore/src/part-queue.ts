/** Parts that wait for a worker, in their order. */
import type { CutPart } from './cut.ts'
import type { PartControl, PartResult, PartTask } from './part.ts'

/** Works at one part after the other. */
export interface Worker {
  /** **Errors** when it died: it is asked no more. */
  run(task: PartTask): Promise<PartResult>
}

export class PartQueue {
  readonly #parts: readonly CutPart[]
  readonly #control: PartControl
  readonly #shares: boolean
  readonly deaths: unknown[] = []
  readonly #results: (PartResult | undefined)[]
  /** Those that nobody has begun, or whose worker died; first first. */
  readonly #waiting: CutPart[]

  /** **Shape** `shares`: they have visited states in common, so that one alone means nothing. */
  constructor(parts: readonly CutPart[], control: PartControl, shares: boolean) {
    this.#parts = parts
    this.#control = control
    this.#shares = shares
    this.#results = parts.map(({ result }) => result)
    this.#waiting = parts.filter(({ result }) => result === undefined)
  }

  /** How many came to their end. */
  get done(): number {
    return this.#results.filter((one) => one !== undefined).length
  }

  /**
   * Each worker takes the next part. The part of one that died is done by another, if parts have nothing in common: else what
   * it had claimed of the states is lost. **Shape** in the order of the parts; `undefined` for one that nobody began.
   * **Errors** that of a worker that died, when nobody can take over.
   */
  async run(workers: readonly Worker[]): Promise<readonly (PartResult | undefined)[]> {
    let alive = workers
    do {
      const ends = await Promise.allSettled(alive.map((worker) => this.#work(worker)))
      for (const end of ends) if (end.status === 'rejected') this.deaths.push(end.reason)
      alive = alive.filter((_, i) => ends[i]?.status === 'fulfilled')
    } while (this.#isOrphaned && alive.length > 0)
    if (this.deaths.length > 0 && (this.#shares || this.#isOrphaned)) throw this.deaths[0]
    return this.#results
  }

  get #isOrphaned(): boolean {
    return this.#waiting.some(({ index }) => !this.#control.isDropped(index))
  }

  async #work(worker: Worker): Promise<void> {
    for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
      if (this.#control.isDropped(part.index)) {
        this.#waiting.unshift(part)
        return
      }
      const { result: _none, ...task } = part
      try {
        this.#told(part, await worker.run(task))
      } catch (error) {
        this.#waiting.unshift(part)
        if (this.#shares) this.#control.dropAfter(-1)
        throw error
      }
    }
  }

  #told({ index }: CutPart, result: PartResult): void {
    this.#results[this.#parts.findIndex((one) => one.index === index)] = result
    const mustRestart = result.discovered !== undefined || (this.#shares && result.tally.found.length > 0)
    if (mustRestart || (this.#shares && !result.whole)) this.#control.dropAfter(-1)
    else if (result.foundEnough) this.#control.dropAfter(index)
  }
}
