/**
 * Dynamic partial-order reduction with source sets: one schedule is run, its races are found, and only where two steps
 * raced is the other order tried. Every order of conflicting steps is covered, by one schedule each (nearly).
 *
 * No state matching here: a schedule that is cut hides the races behind the cut.
 */
import type { Explorable } from '@barter/core'
import { ACQUIRE, ACQUIRE_SHARED } from './access-mode.ts'
import { exploreCheckpoint } from './errors.ts'
import { type Access, EventLog } from './event-log.ts'
import { type Footprint, meet } from './footprint.ts'
import type { Search } from './search.ts'
import { Tally, type TallyOptions } from './tally.ts'
import { Walker } from './walker.ts'

interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
}

interface Frame {
  readonly enabled: readonly number[]
  /** Threads that have to be tried from here. */
  readonly wanted: number[]
  next: number
  readonly asleep: Sleeper[]
}

export function dpor(subject: Explorable, options: TallyOptions = {}): Tally {
  const search = new Dpor(subject, options)
  search.run()
  return search.tally
}

export class Dpor implements Search {
  readonly tally: Tally
  readonly #walker: Walker
  readonly #events = new EventLog()
  readonly #frames: Frame[] = []
  #begun = false
  /** What a step touched, by what its thread knew before it. */
  readonly #known = new Map<number, readonly Access[]>()
  /** Steps that were waited for in vain before anybody had seen them. */
  readonly #unknown = new Set<number>()

  constructor(subject: Explorable, options: TallyOptions) {
    this.#walker = new Walker(subject)
    this.tally = new Tally(this.#walker, options)
    this.#events.begin(this.#walker.run.threads)
  }

  run(): void {
    const { tally } = this
    tally.paused = false
    if (!this.#begun) {
      this.#begun = true
      this.#arrive([])
    }
    while (tally.goesOn) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) {
        if (!this.#learnedMore()) break
        continue
      }
      const thread = this.#nextOf(frame)
      if (thread === undefined) this.#frames.pop()
      else this.#explore(frame, thread)
    }
    tally.complete = this.#frames.length === 0 && !tally.stopped && !tally.cutShort
  }

  /** Its events and their clocks are not saved. */
  save(): undefined {
    return undefined
  }

  restore(): never {
    throw exploreCheckpoint('dpor')
  }

  /** A step that was waited for in vain has been seen since: its races may have been missed, so all begins anew. */
  #learnedMore(): boolean {
    let more = false
    for (const key of this.#unknown) more ||= this.#known.has(key)
    if (!more) return false
    this.#unknown.clear()
    this.tally.restarted()
    this.#walker.restart()
    this.#events.begin(this.#walker.run.threads)
    this.#arrive([])
    return true
  }

  #nextOf(frame: Frame): number | undefined {
    while (frame.next < frame.wanted.length) {
      const thread = frame.wanted[frame.next++] as number
      if (!isAsleep(frame.asleep, thread)) return thread
    }
    return undefined
  }

  #explore(frame: Frame, thread: number): void {
    const walker = this.#walker
    const depth = this.#frames.length - 1
    if (walker.depth !== depth) walker.back(depth)
    this.#events.rewind(depth)
    const before = walker.history.knowledgeOf(thread)
    walker.step(thread)
    if (!this.#known.has(before)) this.#known.set(before, walker.history.accesses())
    const races = this.#events.add(thread, walker.history, walker.run.threads)
    for (const event of races) this.#wantReversed(event, depth)
    const touched = this.#events.footprintAt(depth)
    const asleep = frame.asleep.filter((sleeper) => !meet(sleeper.touched, touched))
    frame.asleep.push({ thread, touched })
    this.#arrive(asleep)
  }

  #arrive(asleep: Sleeper[]): void {
    const { run, depth } = this.#walker
    if (this.tally.sawViolation() || run.halted || this.tally.tooLong(depth)) {
      this.tally.schedule()
      return
    }
    const enabled = this.#walker.enabled()
    if (enabled.length === 0) {
      this.#lookAtBlocked()
      this.tally.schedule()
      return
    }
    const last = this.#walker.path.at(-1)
    const first =
      last !== undefined && enabled.includes(last) && !isAsleep(asleep, last)
        ? last
        : enabled.find((thread) => !isAsleep(asleep, thread))
    if (first === undefined) {
      this.#lookAtBlocked()
      this.tally.cut()
      return
    }
    this.#walker.keep()
    this.#frames.push({ enabled, wanted: [first], next: 0, asleep })
  }

  /** Who waits for a lock to the end might have had it first. */
  #lookAtBlocked(): void {
    const { run, depth } = this.#walker
    for (let thread = 0; thread < run.threads; thread++) {
      const lock = run.blockedOn(thread)
      if (lock < 0) continue
      const key = this.#walker.history.knowledgeOf(thread)
      const known = this.#known.get(key)
      if (known === undefined) this.#unknown.add(key)
      const alone = { thing: lock, mode: run.blockedShared(thread) ? ACQUIRE_SHARED : ACQUIRE }
      const accesses = known === undefined ? [alone] : known
      for (const event of this.#events.racesOf({ thread, lock, accesses })) this.#wantReversed(event, depth)
    }
  }

  #wantReversed(event: number, last: number): void {
    const frame = this.#frames[event] as Frame
    const initials = this.#events.initials(event, last)
    if (initials.some((thread) => frame.wanted.includes(thread))) return
    const enabled = initials.filter((thread) => frame.enabled.includes(thread))
    const own = this.#events.threadOf(last)
    const chosen = enabled.includes(own) ? own : enabled[0]
    if (chosen !== undefined) frame.wanted.push(chosen)
  }
}

function isAsleep(asleep: readonly Sleeper[], thread: number): boolean {
  for (const sleeper of asleep) if (sleeper.thread === thread) return true
  return false
}
