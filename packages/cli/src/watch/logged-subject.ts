/** What is explored, with each call of it noted where another thread looks. */
import type { AccessLog, Explorable, ExploredRun, Standing, Violation } from '@barter/core'
import type { StepLog } from './step-log.ts'

/** **Shape** `log`: none where nobody looks. */
export const loggedSubject = (subject: Explorable, log: StepLog | undefined): Explorable =>
  log === undefined ? subject : logged(subject, log)

const logged = (subject: Explorable, log: StepLog): Explorable => ({
  digest: subject.digest,
  groupClasses: subject.groupClasses,
  begin: (accesses) => new LoggedRun(subject, accesses, log),
  replay: (schedule) => {
    log.begins()
    try {
      return subject.replay(schedule, (thread, name) => {
        log.steps(thread)
        log.nameOf = () => name
      })
    } finally {
      log.leaves()
    }
  },
})

class LoggedRun implements ExploredRun {
  readonly #run: ExploredRun
  readonly #log: StepLog

  constructor(subject: Explorable, accesses: AccessLog, log: StepLog) {
    this.#log = log
    log.begins()
    try {
      const run = subject.begin(accesses)
      this.#run = run
      // As in ScenarioRun: not assigned at once.
      const nameOf = (thread: number): string => run.nameOf(thread)
      log.nameOf = nameOf
    } finally {
      log.leaves()
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
    this.#log.steps(thread)
    try {
      this.#run.step(thread)
    } finally {
      this.#log.leaves()
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
    this.#log.ends()
    try {
      return this.#run.finish()
    } finally {
      this.#log.leaves()
    }
  }
}

const UNKNOWN: Standing = { kind: 'other', thing: -1, shared: false, ticks: 0, isHardware: false }
