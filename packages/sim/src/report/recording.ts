/** What happened in a run, as it is kept: facts and their stamps in columns. Events are made of them when somebody reads them. */
import type { TraceEvent, TraceFact } from '@barter/core'

export class Recording {
  readonly #facts: TraceFact[] = []
  readonly #ticks: number[] = []
  readonly #tasks: string[] = []
  readonly #events: TraceEvent[] = []

  add(tick: number, task: string, fact: TraceFact): void {
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
    return { seq, tick, task, ...(this.#facts[seq] as TraceFact) }
  }
}
