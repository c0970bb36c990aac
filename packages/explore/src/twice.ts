/** Each schedule twice: a subject whose runs find their own nondeterminism, whatever strategy steps them. */
import type { AccessLog, Explorable, ExploredRun, Standing, Violation } from '@barter/core'
import { type Nondeterminism, nondeterminismSeenOnce } from './nondeterminism.ts'
import { ToldRun } from './told-run.ts'

/**
 * Behaves as `subject`, but each run that comes to its end is run once more along the same path. A run that begins like the one
 * before it, as the replay of a prefix does, is compared with that as well.
 */
export function twice(subject: Explorable): Explorable {
  let before: ToldRun | undefined
  return {
    digest: subject.digest,
    groupClasses: subject.groupClasses,
    get readsClock() {
      return subject.readsClock === true
    },
    begin: (log) => {
      const run = new TwiceRun(subject, log, before)
      before = run.told
      return run
    },
    replay: (schedule) => subject.replay(schedule),
  }
}

class TwiceRun implements ExploredRun {
  readonly told: ToldRun
  readonly #subject: Explorable
  readonly #path: number[] = []
  /** The previous run, as long as this one goes the same way. */
  #before: ToldRun | undefined
  #parted: Nondeterminism | undefined

  constructor(subject: Explorable, log: AccessLog, before: ToldRun | undefined) {
    this.#subject = subject
    this.#before = before
    this.told = new ToldRun(subject, log)
    this.#compare()
  }

  get threads(): number {
    return this.told.run.threads
  }

  get halted(): boolean {
    return this.told.run.halted
  }

  get found(): number {
    return this.told.run.found + (this.#parted === undefined ? 0 : 1)
  }

  canRun(thread: number): boolean {
    return this.told.run.canRun(thread)
  }

  hasEnded(thread: number): boolean {
    return this.told.run.hasEnded(thread)
  }

  blockedOn(thread: number): number {
    return this.told.run.blockedOn(thread)
  }

  blockedShared(thread: number): boolean {
    return this.told.run.blockedShared(thread)
  }

  standing(thread: number): Standing {
    return this.told.run.standing?.(thread) ?? { kind: 'other', thing: -1, shared: false, ticks: 0, isHardware: false }
  }

  step(thread: number): void {
    this.told.step(thread)
    this.#path.push(thread)
    this.#compare()
  }

  nameOf(thread: number): string {
    return this.told.run.nameOf(thread)
  }

  standsAt(thread: number): string {
    return this.told.run.standsAt(thread)
  }

  groupOf(thread: number): number {
    return this.told.run.groupOf(thread)
  }

  violations(): readonly Violation[] {
    const found = this.told.run.violations()
    return this.#parted === undefined ? found : [...found, this.#parted]
  }

  finish(): string {
    const outcome = this.told.finish()
    const again = new ToldRun(this.#subject)
    again.follow(this.#path)
    if (again.marks.length === this.told.marks.length) again.finish()
    this.#parted ??= this.told.difference(again)
    return outcome
  }

  #compare(): void {
    const before = this.#before
    const at = this.told.marks.length - 1
    if (before === undefined || before.marks[at]?.thread !== this.told.marks[at]?.thread) {
      this.#before = undefined
      return
    }
    this.#parted ??= before.differenceAt(this.told, at)
  }
}

/** Pairs of runs that are compared. */
const MOST_PAIRS = 16

/** Two runs of `path` differed once: find where. **Shape** `what`: how it showed, as a clause. */
export function locate(subject: Explorable, path: readonly number[], what: string): Nondeterminism {
  return searchPair(subject, path) ?? nondeterminismSeenOnce(path.length, what)
}

/** Run `path` again and again, until two successive runs differ. */
export function searchPair(
  subject: Explorable,
  path: readonly number[],
  pairs = MOST_PAIRS,
): Nondeterminism | undefined {
  let before = runOf(subject, path)
  for (let i = 0; i < 2 * pairs - 1; i++) {
    const next = runOf(subject, path)
    const found = before.difference(next)
    if (found !== undefined) return found
    before = next
  }
  return undefined
}

function runOf(subject: Explorable, path: readonly number[]): ToldRun {
  const told = new ToldRun(subject)
  told.follow(path)
  return told
}
