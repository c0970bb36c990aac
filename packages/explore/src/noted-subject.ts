/** What is explored, with each call of it noted before it is made: of one that never comes back nobody else could tell. */
import type { AccessLog, Explorable, ExploredRun, Standing, Violation } from '@barter/core'

export interface StepNotes {
  /** Names of threads in the run that was begun last. */
  nameOf: (thread: number) => string | undefined
  /** A fresh run is made. */
  begins(): void
  steps(thread: number): void
  /** All steps are over, and what is left is looked at. */
  ends(): void
  /** It came back. */
  leaves(): void
}

/** **Shape** `notes`: none where nobody looks. */
export const notedSubject = (subject: Explorable, notes: StepNotes | undefined): Explorable =>
  notes === undefined ? subject : noted(subject, notes)

const noted = (subject: Explorable, notes: StepNotes): Explorable => ({
  digest: subject.digest,
  groupClasses: subject.groupClasses,
  get readsClock() {
    return subject.readsClock === true
  },
  begin: (log) => new NotedRun(subject, log, notes),
  replay: (schedule) => {
    notes.begins()
    try {
      return subject.replay(schedule, (thread, name) => {
        notes.steps(thread)
        notes.nameOf = () => name
      })
    } finally {
      notes.leaves()
    }
  },
})

class NotedRun implements ExploredRun {
  readonly #run: ExploredRun
  readonly #notes: StepNotes

  constructor(subject: Explorable, log: AccessLog, notes: StepNotes) {
    this.#notes = notes
    notes.begins()
    try {
      const run = subject.begin(log)
      this.#run = run
      // As in ScenarioRun: not assigned at once.
      const nameOf = (thread: number): string => run.nameOf(thread)
      notes.nameOf = nameOf
    } finally {
      notes.leaves()
    }
  }

  get threads(): number {
    return this.#run.threads
  }

  get halted(): boolean {
    return this.#run.halted
  }

  get found(): number {
    return this.#run.found
  }

  canRun(thread: number): boolean {
    return this.#run.canRun(thread)
  }

  hasEnded(thread: number): boolean {
    return this.#run.hasEnded(thread)
  }

  blockedOn(thread: number): number {
    return this.#run.blockedOn(thread)
  }

  blockedShared(thread: number): boolean {
    return this.#run.blockedShared(thread)
  }

  standing(thread: number): Standing {
    return this.#run.standing?.(thread) ?? UNKNOWN
  }

  step(thread: number): void {
    this.#notes.steps(thread)
    try {
      this.#run.step(thread)
    } finally {
      this.#notes.leaves()
    }
  }

  nameOf(thread: number): string {
    return this.#run.nameOf(thread)
  }

  standsAt(thread: number): string {
    return this.#run.standsAt(thread)
  }

  groupOf(thread: number): number {
    return this.#run.groupOf(thread)
  }

  violations(): readonly Violation[] {
    return this.#run.violations()
  }

  finish(): string {
    this.#notes.ends()
    try {
      return this.#run.finish()
    } finally {
      this.#notes.leaves()
    }
  }
}

const UNKNOWN: Standing = { kind: 'other', thing: -1, shared: false, ticks: 0, isHardware: false }
