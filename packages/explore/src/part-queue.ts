/** Parts that wait for a worker, in their order. */
import type { CutPart } from './cut.ts'
import type { PartControl, PartResult } from './part.ts'
import type { Worker } from './worker.ts'

export class PartQueue {
  readonly #parts: readonly CutPart[]
  readonly #control: PartControl
  readonly deaths: unknown[] = []
  readonly #results: (PartResult | undefined)[]
  /** Parts that nobody has begun, or whose worker died, in order. */
  readonly #waiting: CutPart[]

  constructor(parts: readonly CutPart[], control: PartControl) {
    this.#parts = parts
    this.#control = control
    this.#results = parts.map(({ result }) => result)
    this.#waiting = parts.filter(({ result }) => result === undefined)
  }

  /** Share that is done, from 0 to 1. */
  get share(): number {
    const done = this.#results.filter((one) => one !== undefined).length
    return this.#parts.length === 0 ? 0 : done / this.#parts.length
  }

  /**
   * Each worker takes the next part. If one dies, another does its part. **Shape** results in the order of the parts;
   * `undefined` for one that nobody began. **Errors** that of a worker that died, when nobody can take over.
   */
  async run(workers: readonly Worker[]): Promise<readonly (PartResult | undefined)[]> {
    let alive = workers
    do {
      const ends = await Promise.allSettled(alive.map((worker) => this.#work(worker)))
      for (const end of ends) if (end.status === 'rejected') this.deaths.push(end.reason)
      alive = alive.filter((_, i) => ends[i]?.status === 'fulfilled')
    } while (this.#isOrphaned && alive.length > 0)
    if (this.deaths.length > 0 && this.#isOrphaned) throw this.deaths[0]
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
        const done = await worker.run(task)
        if (done.kind === 'part') this.#told(part, done)
      } catch (error) {
        this.#waiting.unshift(part)
        throw error
      }
    }
  }

  #told({ index }: CutPart, result: PartResult): void {
    this.#results[this.#parts.findIndex((one) => one.index === index)] = result
    if (result.foundEnough) this.#control.dropAfter(index)
  }
}
