/** What happened to one attachment, in order, with enough to put several attachments' events into one order. */

/** Gives each event of a run its time and its place. */
export interface EventClock {
  /** **Units** ticks. */
  now(): number
  /** Counts up over all attachments of a run. */
  next(): number
}

export interface LoggedEvent {
  readonly event: string
  readonly tick: number
  readonly order: number
}

export class EventLog {
  readonly #clock: EventClock
  readonly #events: LoggedEvent[] = []

  constructor(clock: EventClock) {
    this.#clock = clock
  }

  add(event: string): void {
    this.#events.push({ event, tick: this.#clock.now(), order: this.#clock.next() })
  }

  get events(): readonly string[] {
    return this.#events.map(({ event }) => event)
  }

  get history(): readonly LoggedEvent[] {
    return [...this.#events]
  }
}
