/**
 * The events of one run with their happens-before clocks, and the races among them: pairs of steps that conflict and that
 * nothing else orders, so that they could have come the other way round.
 */
import { conflicts, isAcquire, type Mode, ordersOnly, RELEASE, TRIED } from './access-mode.ts'
import { type Footprint, footprintOf, footprintOfAll, meet } from './footprint.ts'
import type { History } from './history.ts'

const FIRST_EVENTS = 256
const FIRST_THREADS = 8
const FIRST_ACCESSES = 1024
const NO_RACES: readonly number[] = []

/** What a thread is about to do and cannot yet: take a lock. */
export interface Pending {
  readonly thread: number
  readonly lock: number
  /** What it will touch: the lock, and what is known of the rest of the step. */
  readonly accesses: readonly Access[]
}

export interface Access {
  readonly thing: number
  readonly mode: Mode
}

export class EventLog {
  #count = 0
  #width = FIRST_THREADS
  #thread = new Int16Array(FIRST_EVENTS)
  /** Number of the event among those of its thread, from 1. */
  #turn = new Int32Array(FIRST_EVENTS)
  /** For each event and thread: how many events of that thread come before it, itself included. */
  #clocks = new Int32Array(FIRST_EVENTS * FIRST_THREADS)
  #from = new Int32Array(FIRST_EVENTS + 1)
  #things = new Int32Array(FIRST_ACCESSES)
  #modes = new Uint8Array(FIRST_ACCESSES)
  readonly #footprints: Footprint[] = []
  /** Event in which a thread was made. */
  readonly #bornIn: number[] = []
  #before = new Int32Array(FIRST_THREADS)
  #withLocks = new Int32Array(FIRST_THREADS)
  #seen = new Int32Array(FIRST_THREADS)

  get count(): number {
    return this.#count
  }

  threadOf(event: number): number {
    return this.#thread[event] as number
  }

  footprintAt(event: number): Footprint {
    return this.#footprints[event] as Footprint
  }

  /** Forget all from event `count` on. */
  rewind(count: number): void {
    this.#count = count
  }

  /**
   * The step that `history` has just heard becomes an event. Gives the earlier events that it races with, newest first.
   * **Shape** `threads`: how many there are after it; those that are new were made by it.
   */
  add(thread: number, history: History, threads: number): readonly number[] {
    const event = this.#count
    this.#room(event + 1, threads)
    const from = this.#from[event] as number
    const end = from + history.count
    if (end > this.#things.length) this.#growAccesses(end)
    for (let i = 0; i < history.count; i++) {
      this.#things[from + i] = history.thingAt[i] as number
      this.#modes[from + i] = history.modeAt[i] as number
    }
    this.#from[event + 1] = end
    this.#thread[event] = thread
    this.#footprints[event] = footprintOf(history)
    const races = this.#order(event, thread, from, end)
    const clock = this.#withLocks
    this.#turn[event] = ++(clock[thread] as number)
    clock[thread] = this.#turn[event]
    this.#keepClock(clock, event)
    for (let made = this.#bornIn.length; made < threads; made++) this.#bornIn[made] = event
    this.#bornIn.length = Math.max(threads, 0)
    this.#count++
    return races
  }

  /** Races of an act that was never done, since its thread waits for a lock to the end. */
  racesOf({ thread, lock, accesses }: Pending): readonly number[] {
    const event = this.#count
    this.#room(event + 1, thread + 1)
    const from = this.#from[event] as number
    const end = from + accesses.length
    if (end > this.#things.length) this.#growAccesses(end)
    for (const [i, { thing, mode }] of accesses.entries()) {
      this.#things[from + i] = thing
      this.#modes[from + i] = mode
    }
    this.#footprints[event] = footprintOfAll(accesses)
    this.#thread[event] = thread
    const races = this.#order(event, thread, from, end, this.#takenAt(lock, thread))
    const clock = this.#withLocks
    this.#turn[event] = (clock[thread] as number) + 1
    clock[thread] = this.#turn[event]
    this.#keepClock(clock, event)
    return races
  }

  /**
   * Threads of which one has to go first at `event` for the race with `last` to come out the other way: each begins some
   * order of the events that do not come after `event`, with `last` behind them.
   */
  initials(event: number, last: number): readonly number[] {
    const initials: number[] = []
    const turn = this.#turn[event] as number
    const thread = this.#thread[event] as number
    const seen = this.#seen
    seen.fill(0)
    for (let other = event + 1; other <= last; other++) {
      const row = other * this.#width
      if (other !== last && (this.#clocks[row + thread] as number) >= turn) continue
      const who = this.#thread[other] as number
      if (seen[who] !== 0) continue
      seen[who] = this.#turn[other] as number
      let first = true
      for (let t = 0; t < this.#width && first; t++) {
        if (t !== who && seen[t] !== 0 && (this.#clocks[row + t] as number) >= (seen[t] as number)) first = false
      }
      if (first) initials.push(who)
    }
    return initials
  }

  /**
   * Fills the clock of `event` without its own turn, and finds its races.
   * **Shape** `held`: from which event on it could not have been, as somebody had its lock.
   */
  #order(event: number, thread: number, from: number, end: number, held = Infinity): readonly number[] {
    let races: number[] | undefined
    // What comes before it apart from locks given back, and with them.
    const before = this.#before
    const withLocks = this.#withLocks
    this.#startClock(thread, before)
    for (let t = 0; t < this.#width; t++) withLocks[t] = before[t] as number
    const footprint = this.#footprints[event] as Footprint
    for (let other = event - 1; other >= 0; other--) {
      const who = this.#thread[other] as number
      if (who === thread) continue
      const turn = this.#turn[other] as number
      const known = (before[who] as number) >= turn
      if (known && (withLocks[who] as number) >= turn) continue
      if (!meet(this.#footprints[other] as Footprint, footprint)) continue
      const how = this.#relation(other, from, end)
      if (how === NONE) continue
      if (how === ORDERED) {
        this.#join(withLocks, other)
        continue
      }
      if (how === AFTER) {
        this.#join(before, other)
        this.#join(withLocks, other)
        continue
      }
      if (other > held && how === DATA) {
        this.#join(withLocks, other)
        continue
      }
      if (how === LOCKS) {
        if (!known) (races ??= []).push(other)
      } else if ((withLocks[who] as number) >= turn) {
        // Protected by a lock that is taken now: it turns round with the takings of the lock, or not at all.
        continue
      } else (races ??= []).push(other)
      this.#join(before, other)
      this.#join(withLocks, other)
    }
    return races ?? NO_RACES
  }

  /**
   * How an earlier event stands to the accesses `from` to `end` of a later one; the strongest counts. Who gives back a lock
   * that is taken later had it in that very step, so nothing else in it could have come later.
   */
  #relation(other: number, from: number, end: number): number {
    let how = NONE
    for (let i = this.#from[other] as number, stop = this.#from[other + 1] as number; i < stop; i++) {
      const thing = this.#things[i]
      const mode = this.#modes[i] as Mode
      for (let j = from; j < end; j++) {
        if (this.#things[j] !== thing) continue
        const own = this.#modes[j] as Mode
        if (conflicts(mode, own)) how = Math.max(how, wantsLock(mode) && wantsLock(own) ? LOCKS : DATA)
        else if (ordersOnly(mode, own)) {
          if (mode !== RELEASE) how = Math.max(how, AFTER)
          else if (!this.#takenIn(other, this.#things[i] as number)) return ORDERED
          else how = Math.max(how, ORDERED)
        }
      }
    }
    return how
  }

  /** Event in which somebody else took the lock and kept it. */
  #takenAt(lock: number, thread: number): number {
    for (let event = this.#count - 1; event >= 0; event--) {
      if (this.#thread[event] !== thread && this.#takenIn(event, lock)) return event
    }
    return Infinity
  }

  /** The step took the lock as well: it stands for the whole section. */
  #takenIn(event: number, lock: number): boolean {
    for (let i = this.#from[event] as number, stop = this.#from[event + 1] as number; i < stop; i++) {
      if (this.#things[i] === lock && isAcquire(this.#modes[i] as Mode)) return true
    }
    return false
  }

  #startClock(thread: number, clock: Int32Array): void {
    for (let event = this.#count - 1; event >= 0; event--) {
      if (this.#thread[event] !== thread) continue
      this.#readClock(event, clock)
      return
    }
    const born = this.#bornIn[thread] ?? -1
    if (born >= 0) this.#readClock(born, clock)
    else clock.fill(0)
  }

  // In loops: a clock is short, and a view of it would cost more than its words.
  #readClock(event: number, into: Int32Array): void {
    const row = event * this.#width
    for (let t = 0; t < this.#width; t++) into[t] = this.#clocks[row + t] as number
  }

  #keepClock(clock: Int32Array, event: number): void {
    const row = event * this.#width
    for (let t = 0; t < this.#width; t++) this.#clocks[row + t] = clock[t] as number
  }

  #join(clock: Int32Array, event: number): void {
    const row = event * this.#width
    for (let t = 0; t < this.#width; t++) {
      const other = this.#clocks[row + t] as number
      if (other > (clock[t] as number)) clock[t] = other
    }
  }

  /** Threads that were there before the first event were made by nobody. */
  begin(threads: number): void {
    this.#count = 0
    this.#bornIn.length = 0
    for (let thread = 0; thread < threads; thread++) this.#bornIn.push(-1)
    this.#room(1, threads)
  }

  #room(events: number, threads: number): void {
    if (threads > this.#width) this.#widen(threads)
    if (events <= this.#thread.length) return
    const size = this.#thread.length * 2
    this.#thread = copied(new Int16Array(size), this.#thread)
    this.#turn = copied(new Int32Array(size), this.#turn)
    this.#from = copied(new Int32Array(size + 1), this.#from)
    this.#clocks = copied(new Int32Array(size * this.#width), this.#clocks)
  }

  #widen(threads: number): void {
    const width = Math.max(threads, this.#width * 2)
    const clocks = new Int32Array(this.#thread.length * width)
    for (let event = 0; event < this.#count; event++) {
      clocks.set(this.#clocks.subarray(event * this.#width, (event + 1) * this.#width), event * width)
    }
    this.#clocks = clocks
    this.#before = new Int32Array(width)
    this.#withLocks = new Int32Array(width)
    this.#seen = new Int32Array(width)
    this.#width = width
  }

  #growAccesses(end: number): void {
    const size = Math.max(end, this.#things.length * 2)
    this.#things = copied(new Int32Array(size), this.#things)
    this.#modes = copied(new Uint8Array(size), this.#modes)
  }
}

/** Nothing in common; a lock given back and taken; made possible; both want a lock; both touch a thing. */
const NONE = 0
const ORDERED = 1
const AFTER = 2
const LOCKS = 3
const DATA = 4

const wantsLock = (mode: Mode): boolean => isAcquire(mode) || mode === TRIED

function copied<T extends Int16Array | Int32Array | Uint8Array>(into: T, from: T): T {
  into.set(from)
  return into
}
