/** The trace of one run: facts get their stamp here, are kept for the report, and shown to those who look. */
import type { SystemHooks, Trace, TraceEvent, TraceFact } from '@barter/core'
import { Recording } from './recording.ts'

/** Where the stamp comes from: the scheduler. */
export interface TraceClock {
  readonly now: number
  /** Name of the thread that runs; `machine` between threads. */
  readonly currentName: string
}

export interface RunTraceOptions {
  readonly hooks: SystemHooks
  /** Keep nothing and show nothing. */
  readonly quiet: boolean
}

export class RunTrace implements Trace {
  readonly recording = new Recording()
  readonly #quiet: boolean
  readonly #hooks: SystemHooks
  readonly #watchers: ((fact: TraceFact) => void)[] = []
  #clock: TraceClock = { now: 0, currentName: 'machine' }
  #seq = 0

  constructor({ hooks, quiet }: RunTraceOptions) {
    this.#hooks = hooks
    this.#quiet = quiet
  }

  /** A watcher needs the facts even when no reader does. */
  get on(): boolean {
    return !this.#quiet || this.#watchers.length > 0
  }

  get events(): readonly TraceEvent[] {
    return this.recording.events
  }

  /** Number that the next event gets. */
  get seq(): number {
    return this.#seq
  }

  useClock(clock: TraceClock): void {
    this.#clock = clock
  }

  /** Look at each fact as it happens. For the machine itself, which has to know states that drivers only tell. */
  watch(watcher: (fact: TraceFact) => void): void {
    this.#watchers.push(watcher)
  }

  emit(fact: TraceFact): void {
    this.emitFor(this.#clock.currentName, fact)
  }

  /** Of a thread that does not run: it was found waiting. */
  emitFor(task: string, fact: TraceFact): void {
    const seq = this.#seq++
    for (const watcher of this.#watchers) watcher(fact)
    if (this.#quiet) return
    const tick = this.#clock.now
    this.recording.add(tick, task, fact)
    if (this.#hooks.event.isUsed()) this.#hooks.event.call({ seq, tick, task, ...fact })
  }

  /** As `emitFor`; the fact is made when somebody looks, of things that do not change any more. */
  emitLater(task: string, fact: () => TraceFact): void {
    if (this.#watchers.length > 0 || this.#hooks.event.isUsed()) this.emitFor(task, fact())
    else {
      this.#seq++
      if (!this.#quiet) this.recording.add(this.#clock.now, task, fact)
    }
  }
}
