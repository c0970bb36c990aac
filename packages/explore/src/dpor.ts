/**
 * Dynamic partial-order reduction with source sets: one schedule is run, its races are found, and only where two steps
 * raced is the other order tried. Every order of conflicting steps is covered, by one schedule each (nearly).
 *
 * No state matching here: a schedule that is cut hides the races behind the cut.
 */
import type { Explorable } from '@barter/core'
import { ACQUIRE, ACQUIRE_SHARED } from './access-mode.ts'
import { enabledOf } from './enabled-of.ts'
import { exploreCheckpoint } from './errors.ts'
import { EventLog, type Race } from './event-log.ts'
import { type Footprint, meet } from './footprint.ts'
import { MemoryCheck } from './memory-check.ts'
import type { Search } from './search.ts'
import { shorten } from './shorten.ts'
import { Tally, type TallyOptions } from './tally.ts'
import { Walker } from './walker.ts'

interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
}

/** A place on the path, made once for each depth. */
interface Frame {
  readonly enabled: number[]
  /** Threads that have to be tried from here. */
  readonly wanted: number[]
  next: number
  readonly asleep: Sleeper[]
  /** Those that the step taken last from here has woken. */
  readonly woken: Sleeper[]
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
  /** Of the places on the path, by depth, and of others that were there before. */
  readonly #frames: Frame[] = []
  /** How many are on the path. */
  #depth = 0
  readonly #check: MemoryCheck
  #begun = false

  constructor(subject: Explorable, options: TallyOptions) {
    this.#walker = new Walker(subject, 'touches')
    this.tally = new Tally(this.#walker, options)
    this.#check = new MemoryCheck(subject)
    this.#events.begin(this.#walker.run.threads)
  }

  run(): void {
    const { tally } = this
    tally.paused = false
    if (!this.#begun) {
      this.#begun = true
      this.#begin()
    }
    while (tally.goesOn) {
      if (this.#depth === 0) break
      const frame = this.#frames[this.#depth - 1] as Frame
      const thread = this.#nextOf(frame)
      if (thread === undefined) this.#depth--
      else this.#explore(frame, thread)
    }
    tally.complete = this.#depth === 0 && !tally.stopped && !tally.cutShort
  }

  /** Its events and their clocks are not saved. */
  save(): undefined {
    return undefined
  }

  restore(): never {
    throw exploreCheckpoint('dpor')
  }

  #begin(): void {
    this.#check.walk()
    if (this.tally.sawViolation() || this.#walker.run.halted) this.tally.schedule()
    else this.#arrive(this.#frameAt(0))
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
    const depth = this.#depth - 1
    if (walker.depth !== depth) walker.back(depth)
    this.#events.rewind(depth)
    walker.step(thread)
    const isOver = this.tally.sawViolation() || walker.run.halted
    const races = this.#events.add(thread, walker.history, walker.run.threads, isOver)
    for (const race of races) this.#wantReversed(race, depth)
    const next = this.#frameAt(depth + 1)
    this.#wake(frame, next.asleep)
    if (isOver) {
      // Any thread that could have gone on might have gone first, and this might come after anything else.
      for (const other of frame.enabled) if (!frame.wanted.includes(other)) frame.wanted.push(other)
      this.#end()
      return
    }
    frame.asleep.push({ thread, touched: this.#events.footprintAt(depth) })
    this.#arrive(next)
  }

  /** **Shape** `frame`: of the place that the last step led to, with those who sleep there. */
  #arrive(frame: Frame): void {
    const { run, depth, path } = this.#walker
    if (this.tally.tooLong(depth)) {
      this.tally.schedule()
      return
    }
    shorten(frame.enabled, 0)
    enabledOf(run, frame.enabled)
    if (frame.enabled.length === 0) {
      this.#end()
      return
    }
    const first = firstOf(frame, path[depth - 1])
    if (first < 0) {
      this.#lookAtBlocked()
      this.#lookAtWoken()
      this.tally.cut()
      return
    }
    this.#walker.keep()
    shorten(frame.wanted, 0)
    frame.wanted.push(first)
    frame.next = 0
    this.#depth++
  }

  #frameAt(depth: number): Frame {
    return (this.#frames[depth] ??= { enabled: [], wanted: [], next: 0, asleep: [], woken: [] })
  }

  /** Who sleeps on after the step that was taken last goes to `asleep`. */
  #wake(from: Frame, asleep: Sleeper[]): void {
    shorten(from.woken, 0)
    shorten(asleep, 0)
    const reach = this.#events.reachAt(this.#depth - 1)
    for (const sleeper of from.asleep) {
      if (meet(sleeper.touched, reach)) from.woken.push(sleeper)
      else asleep.push(sleeper)
    }
  }

  #end(): void {
    this.#lookAtBlocked()
    this.#lookAtWoken()
    this.#check.sees(this.#walker.path)
    this.tally.schedule()
  }

  /** A thread that waits for a lock to the end might have had it first. */
  #lookAtBlocked(): void {
    const { run, depth, history } = this.#walker
    for (let thread = 0; thread < run.threads; thread++) {
      const lock = run.blockedOn(thread)
      if (lock < 0) continue
      const mode = run.blockedShared(thread) ? ACQUIRE_SHARED : ACQUIRE
      for (const { event } of this.#events.racesOf({ thread, lock: history.nameAt[lock] as number, mode }))
        this.#wantAll(event, depth)
    }
  }

  /**
   * A sleeper may do less once a step has woken it than it did where it was tried. What conflicts with the rest of it then
   * races with nothing here; but where it comes before that step, the sleeper does all of it afterwards.
   */
  #lookAtWoken(): void {
    const events = this.#events
    for (let event = 0; event < events.count; event++) {
      const frame = this.#frames[event] as Frame
      if (frame.woken.length === 0) continue
      for (const { thread, touched } of frame.woken) {
        if (events.doesAsMuch(thread, event, touched)) continue
        for (const later of events.inConflict(thread, event, touched)) {
          this.#want(frame, events.initials(event, later), events.threadOf(later))
        }
      }
    }
  }

  #wantReversed({ event, isShared }: Race, last: number): void {
    // Others that share the lock have to come later as well, so more threads than these may begin such an order.
    if (isShared) {
      this.#wantAll(event, last)
      return
    }
    const own = this.#events.threadOf(last)
    this.#wantInitials(this.#couldGoFirst(own, event, last), last, own)
  }

  /**
   * The place from which the step of `own` could come before `event`: there, or, where something between made it wait, such as
   * hardware that is due before a sleep is over, the last place before that.
   */
  #couldGoFirst(own: number, event: number, last: number): number {
    if (this.#isEnabledAt(event, own)) return event
    const since = this.#events.lastBefore(own, last)
    for (let at = event - 1; at > since; at--) if (this.#isEnabledAt(at, own)) return at
    return event
  }

  #isEnabledAt(event: number, thread: number): boolean {
    return has((this.#frames[event] as Frame).enabled, thread)
  }

  #wantInitials(event: number, last: number, own: number): void {
    const frame = this.#frames[event] as Frame
    const initials = this.#events.initials(event, last)
    this.#want(frame, initials, own)
    // Then it begins an order with as little as can be before it, too.
    if (has(initials, own) && has(frame.wanted, own)) return
    // Without what it does not need as well: who begins that may be asleep, and then the run may end before they come, or
    // others have to wait through what they did.
    this.#want(frame, this.#events.initials(event, last, true), own)
  }

  /** For a later step of which it is not known what else it depends on. */
  #wantAll(event: number, last: number): void {
    const { enabled, wanted } = this.#frames[event] as Frame
    for (const thread of [...this.#events.initials(event, last), this.#events.threadOf(last)]) {
      if (enabled.includes(thread) && !wanted.includes(thread)) wanted.push(thread)
    }
  }

  /** At least one of these has to be tried. */
  #want({ enabled, wanted }: Frame, initials: readonly number[], own: number): void {
    let chosen = -1
    for (const thread of initials) {
      if (has(wanted, thread)) return
      if ((chosen < 0 || thread === own) && has(enabled, thread)) chosen = thread
    }
    if (chosen >= 0) wanted.push(chosen)
  }
}

/** Who goes on first: who went on last, if that can be. **Shape** -1 if all sleep. */
function firstOf({ enabled, asleep }: Frame, last: number | undefined): number {
  if (last !== undefined && has(enabled, last) && !isAsleep(asleep, last)) return last
  for (const thread of enabled) if (!isAsleep(asleep, thread)) return thread
  return -1
}

/** As `includes`, which is slower for a few. */
function has(list: readonly number[], thread: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === thread) return true
  return false
}

function isAsleep(asleep: readonly Sleeper[], thread: number): boolean {
  for (const sleeper of asleep) if (sleeper.thread === thread) return true
  return false
}
