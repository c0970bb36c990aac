/** A run with a mark after each step, by which two runs of one schedule are compared. */
import type { AccessLog, Explorable, ExploredRun } from '@barter/core'
import { type Nondeterminism, nondeterminism, type Side } from './nondeterminism.ts'
import { Telling } from './telling.ts'

/** What is recorded after a step. */
interface Mark {
  /** The thread that took it; -1 before the first. */
  readonly thread: number
  readonly name: string
  /** Where that thread stands. */
  readonly stands: string
  /** A digest of everything told so far. */
  readonly told: number
  /** Names of the threads that can go on. */
  readonly able: string
}

export class ToldRun {
  readonly run: ExploredRun
  readonly marks: Mark[] = []
  /** What user space saw, and the violations; once the run is over. */
  end: string | undefined
  readonly #telling: Telling

  /** **Shape** `log`: who else listens. */
  constructor(subject: Explorable, log?: AccessLog) {
    this.#telling = new Telling(log)
    this.run = subject.begin(this.#telling)
    this.#mark(-1)
  }

  step(thread: number): void {
    this.run.step(thread)
    this.#mark(thread)
  }

  /** Take these steps, or as many of them as can be taken. */
  follow(path: readonly number[]): void {
    for (const thread of path) {
      if (thread >= this.run.threads || !this.run.canRun(thread)) {
        this.#refuse(thread)
        return
      }
      this.step(thread)
    }
  }

  finish(): string {
    const outcome = this.run.finish()
    const found = this.run.violations().map(({ invariant, message }) => `${invariant}: ${message}`)
    this.end = [outcome, ...found].join('; ')
    return outcome
  }

  /** Where `other`, which was to take the same steps, first differs, from mark `from` on. */
  difference(other: ToldRun, from = 0): Nondeterminism | undefined {
    const both = Math.min(this.marks.length, other.marks.length)
    for (let at = from; at < both; at++) {
      const found = this.differenceAt(other, at)
      if (found !== undefined) return found
    }
    if (this.end === other.end || this.end === undefined || other.end === undefined) return undefined
    const side = (end: string): Side => ({ thread: 'user space', did: `saw ${end}` })
    return nondeterminism(this.marks.length - 1, 'the end', side(this.end), side(other.end))
  }

  differenceAt(other: ToldRun, at: number): Nondeterminism | undefined {
    const [mine, theirs] = [this.marks[at], other.marks[at]]
    if (mine === undefined || theirs === undefined || isSame(mine, theirs)) return undefined
    const [first, second] = sidesOf(mine, theirs)
    return nondeterminism(at, at === 0 ? 'the start' : `step ${at}, of ${mine.name}`, first, second)
  }

  #mark(thread: number): void {
    const { run } = this
    const able: string[] = []
    for (let other = 0; other < run.threads; other++) if (run.canRun(other)) able.push(run.nameOf(other))
    const name = thread < 0 ? 'nobody' : run.nameOf(thread)
    const stands = thread < 0 ? 'has begun' : run.standsAt(thread)
    this.marks.push({ thread, name, stands, told: this.#telling.told, able: able.join(', ') })
  }

  /** The thread whose turn it is cannot go on. */
  #refuse(thread: number): void {
    const { run } = this
    const made = thread < run.threads
    const name = made ? run.nameOf(thread) : `thread ${thread}`
    const stands = `cannot take the step: it ${made ? run.standsAt(thread) : 'is not made'}`
    this.marks.push({ thread, name, stands, told: -1, able: '' })
  }
}

const isSame = (a: Mark, b: Mark): boolean =>
  a.told === b.told && a.able === b.able && a.stands === b.stands && a.name === b.name

/** The first difference that people can see; otherwise only that shared things were used differently. */
function sidesOf(a: Mark, b: Mark): readonly [Side, Side] {
  if (a.stands !== b.stands || a.name !== b.name) {
    return [
      { thread: a.name, did: a.stands },
      { thread: b.name, did: b.stands },
    ]
  }
  if (a.able !== b.able) {
    const able = (who: string): string => `${who === '' ? 'nobody' : who} can go on after it`
    return [
      { thread: a.name, did: `${a.stands}, and ${able(a.able)}` },
      { thread: b.name, did: `${b.stands}, and ${able(b.able)}` },
    ]
  }
  return [
    { thread: a.name, did: a.stands },
    { thread: b.name, did: 'touches other things on the way there, or sees other values in them' },
  ]
}
