/**
 * Looks at whether somebody goes on. They are counted, and no time is measured: a process that is stopped and goes on, as by
 * Ctrl-Z, is not late.
 */
import type { StepLog } from './step-log.ts'

export class Looks {
  /** How often to look. **Units** milliseconds. */
  readonly everyMs: number
  readonly #log: StepLog
  #beats: number
  #still = 0

  constructor(log: StepLog) {
    this.#log = log
    this.#beats = log.beats
    this.everyMs = Math.min(MOST_BETWEEN, log.patience / 4)
  }

  /** Look once more. **Shape** gives for how long nothing has gone on, as often as there was patience. */
  look(): number {
    const before = this.#beats
    this.#beats = this.#log.beats
    this.#still = this.#beats === before ? this.#still + this.everyMs : 0
    return Math.floor(this.#still / this.#log.patience)
  }

  /** It was seen to, and is looked at from now on. */
  again(): void {
    this.#still = 0
  }
}

const MOST_BETWEEN = 250
