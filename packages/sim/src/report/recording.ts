/** What happened in a run, as it is kept: facts and their stamps in columns. Events are made of them when somebody reads them. */
import type { TraceEvent, TraceFact } from '@barter/core'

/** Or what makes one of things that do not change any more. */
export type KeptFact = TraceFact | (() => TraceFact)

export class Recording {
  readonly #facts: KeptFact[] = []
  readonly #ticks: number[] = []
  readonly #tasks: string[] = []
  readonly #events: TraceEvent[] = []

  add(tick: number, task: string, fact: KeptFact): void {
    this.#ticks.push(tick)
    this.#tasks.push(task)
    this.#facts.push(fact)
  }

  /** All so far; the same array each time. */
  get events(): readonly TraceEvent[] {
    for (let seq = this.#events.length; seq < this.#facts.length; seq++) this.#events.push(this.#eventAt(seq))
    return this.#events
  }

  #eventAt(seq: number): TraceEvent {
    const tick = this.#ticks[seq] as number
    const task = this.#tasks[seq] as string
    const fact = this.#facts[seq] as KeptFact
    return { seq, tick, task, ...(typeof fact === 'function' ? fact() : fact) }
  }
}
