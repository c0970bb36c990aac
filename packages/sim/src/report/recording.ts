/** What happened in a run, as it is kept: facts and their stamps. Events are made of them when somebody reads them. */
import type { TraceEvent, TraceFact } from '@barter/core'

/** Or what makes one of things that do not change any more. */
export type KeptFact = TraceFact | (() => TraceFact)

type Word = number | string | KeptFact

/** A fact is three words: its tick, its task, and itself. */
const WORDS = 3
/** Facts of a block. An array that grows is copied each time; a block is not. */
const BLOCK = 32

export class Recording {
  readonly #blocks: Word[][] = []
  #block: Word[] = []
  /** Words of the block that are taken; full, so that the first fact makes one. */
  #taken = BLOCK * WORDS
  readonly #events: TraceEvent[] = []

  add(tick: number, task: string, fact: KeptFact): void {
    if (this.#taken === BLOCK * WORDS) {
      this.#block = new Array<Word>(BLOCK * WORDS)
      this.#blocks.push(this.#block)
      this.#taken = 0
    }
    const block = this.#block
    const at = this.#taken
    block[at] = tick
    block[at + 1] = task
    block[at + 2] = fact
    this.#taken = at + WORDS
  }

  /** All so far; the same array each time. */
  get events(): readonly TraceEvent[] {
    const kept = this.#blocks.length * BLOCK - (BLOCK - this.#taken / WORDS)
    for (let seq = this.#events.length; seq < kept; seq++) this.#events.push(this.#eventAt(seq))
    return this.#events
  }

  #eventAt(seq: number): TraceEvent {
    const block = this.#blocks[Math.floor(seq / BLOCK)] as Word[]
    const at = (seq % BLOCK) * WORDS
    const fact = block[at + 2] as KeptFact
    const stamp = { seq, tick: block[at] as number, task: block[at + 1] as string }
    return { ...stamp, ...(typeof fact === 'function' ? fact() : fact) }
  }
}
