/**
 * The events of one run with their happens-before clocks, and the races among them: pairs of steps that conflict and are
 * ordered by nothing else, so that they could have come the other way round.
 */
import { ACQUIRE, ACQUIRE_SHARED, ADD, COMES, isAcquire, LEFT_ONE, type Mode, RELEASE, TRIED } from './access-mode.ts'
import {
  AFTER,
  DATA,
  NONE,
  OF_NO_CONCERN,
  ORDERED,
  RELEASE_SHARED,
  relationOf,
  SHARED,
  TAKEN_BY_TRYING,
  TAKEN_IN_LINE,
} from './event-relation.ts'
import { ADDS, addTo, CHANGES, covers, folded, type Footprint, meet, READS } from './footprint.ts'
import type { History } from './history.ts'

const FIRST_EVENTS = 256
const FIRST_THREADS = 1
const FIRST_ACCESSES = 1024
const NO_RACES: readonly Race[] = []

/** A lock that a thread waits for. */
export interface Pending {
  readonly thread: number
  /** By its name, as of `History`. */
  readonly lock: number
  readonly mode: Mode
}

/** An earlier event that could have come later. */
export interface Race {
  readonly event: number
  /** Other threads may have held the lock at the same time. */
  readonly isShared: boolean
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
  /** For each event the one before it of its thread; -1 for none. */
  #previous = new Int32Array(FIRST_EVENTS)
  /** For each thread its last event; -1 for none. */
  #latest = new Int32Array(FIRST_THREADS).fill(-1)
  /** What each event read, changed and added to, as bits: where two events meet in none they do not conflict. */
  #reads = new Int32Array(FIRST_EVENTS)
  #changes = new Int32Array(FIRST_EVENTS)
  #adds = new Int32Array(FIRST_EVENTS)
  readonly #footprints: Footprint[] = []
  /** The same, and in addition what makes sleepers act differently after it. */
  readonly #reaches: Footprint[] = []
  /** For each thread the event in which it was made; -1 for none. */
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

  /** The event of that thread before `event`, or the one that made it; -1 when it was there from the beginning. */
  lastBefore(thread: number, event: number): number {
    let before = event - 1
    const born = this.#bornIn[thread] ?? -1
    while (before > born && this.#thread[before] !== thread) before--
    return before
  }

  footprintAt(event: number): Footprint {
    return this.#footprints[event] as Footprint
  }

  /** A sleeper whose footprint meets this may act differently after the event. */
  reachAt(event: number): Footprint {
    return this.#reaches[event] as Footprint
  }

  /** Forget all events from number `count` on. */
  rewind(count: number): void {
    while (this.#count > count) {
      const event = --this.#count
      this.#latest[this.#thread[event] as number] = this.#previous[event] as number
    }
    while ((this.#bornIn.at(-1) ?? -1) >= count) this.#bornIn.pop()
  }

  /**
   * The step that `history` has just heard becomes an event. Gives the earlier events that it races with, newest first.
   * **Shape** `threads`: how many there are after it; those that are new were made by it. `ends`: nobody takes a step after
   * it, so it conflicts with all of them.
   */
  add(thread: number, history: History, threads: number, ends: boolean): readonly Race[] {
    const event = this.#count
    this.#room(event + 1, threads)
    const from = this.#from[event] as number
    const end = from + history.count
    if (end > this.#things.length) this.#growAccesses(end)
    const things = this.#things
    const modes = this.#modes
    const { nameAt, thingAt, modeAt } = history
    for (let i = 0, at = from; at < end; i++, at++) {
      things[at] = nameAt[thingAt[i] as number] as number
      modes[at] = modeAt[i] as number
    }
    this.#from[event + 1] = end
    this.#thread[event] = thread
    this.#previous[event] = this.#latest[thread] as number
    this.#sortLocks(thread, from, end)
    this.#footprints[event] = this.#footprintOf(event, from, end)
    this.#reaches[event] = this.#reachOf(event, from, end)
    const races = this.#order(event, thread, from, end, ends ? ENDS : HAPPENED)
    this.#keepClock(thread, event)
    this.#latest[thread] = event
    for (let made = this.#bornIn.length; made < threads; made++) this.#bornIn[made] = event
    this.#count++
    return races
  }

  /** Races of a taking that never came, since its thread waits for the lock to the end. */
  racesOf({ thread, lock, mode }: Pending): readonly Race[] {
    const event = this.#count
    this.#room(event + 1, thread + 1)
    const from = this.#from[event] as number
    if (from === this.#things.length) this.#growAccesses(from + 1)
    this.#things[from] = lock
    this.#modes[from] = mode
    this.#thread[event] = thread
    this.#previous[event] = this.#latest[thread] as number
    this.#footprints[event] = this.#footprintOf(event, from, from + 1)
    const races = this.#order(event, thread, from, from + 1, PENDING)
    this.#keepClock(thread, event)
    return races
  }

  /**
   * Threads of which one has to go first, in place of `event`, for its race with `last` to come out the other way: each begins
   * some order of the events that do not happen after `event`, followed by `last`. **Shape** `alone`: only of the events that
   * the thread of `last` depends on.
   */
  initials(event: number, last: number, alone = false): readonly number[] {
    const initials: number[] = []
    const past = this.#before
    if (alone) this.#startClock(past, last)
    const turns = this.#turn
    const clocks = this.#clocks
    const width = this.#width
    const turn = turns[event] as number
    const thread = this.#thread[event] as number
    const seen = this.#seen
    for (let t = 0; t < width; t++) seen[t] = 0
    for (let other = event + 1; other <= last; other++) {
      const row = other * width
      if (other !== last && (clocks[row + thread] as number) >= turn) continue
      const who = this.#thread[other] as number
      if (seen[who] !== 0) continue
      if (alone && other !== last && (past[who] as number) < (turns[other] as number)) continue
      seen[who] = turns[other] as number
      let first = true
      for (let t = 0; t < width && first; t++) {
        if (t !== who && seen[t] !== 0 && (clocks[row + t] as number) >= (seen[t] as number)) first = false
      }
      if (first) initials.push(who)
    }
    return initials
  }

  /** Does the next event of that thread after `event` touch all of this? */
  doesAsMuch(thread: number, event: number, touched: Footprint): boolean {
    for (let next = event + 1; next < this.#count; next++) {
      if (this.#thread[next] === thread) return covers(this.#footprints[next] as Footprint, touched)
    }
    return false
  }

  /** Later events of other threads that conflict with this and do not happen after `event`. */
  inConflict(thread: number, event: number, touched: Footprint): readonly number[] {
    const turn = this.#turn[event] as number
    const who = this.#thread[event] as number
    const found: number[] = []
    for (let later = event + 1; later < this.#count; later++) {
      if (this.#thread[later] === thread || (this.#clocks[later * this.#width + who] as number) >= turn) continue
      if (meet(this.#footprints[later] as Footprint, touched)) found.push(later)
    }
    return found
  }

  /**
   * Fill the clock of `event`, except for its own turn, and find its races. **Shape** `sort`: it happened, or it also ended the
   * run, or it waits for its lock and nothing else of it is known.
   */
  #order(event: number, thread: number, from: number, end: number, sort: number): readonly Race[] {
    let races: Race[] | undefined
    // What happens before it without counting releases of locks, and counting them.
    const before = this.#before
    const withLocks = this.#withLocks
    this.#startClock(before, event)
    for (let t = 0, width = this.#width; t < width; t++) withLocks[t] = before[t] as number
    const threads = this.#thread
    const turns = this.#turn
    const changes = this.#changes
    const reads = this.#reads
    const adds = this.#adds
    // What an earlier event must not have changed, read or added to, to be of no concern.
    const ofReads = (changes[event] as number) | (adds[event] as number)
    const ofAdds = (changes[event] as number) | (reads[event] as number)
    const ofChanges = ofReads | ofAdds
    for (let other = event - 1; other >= 0; other--) {
      const touches =
        (((changes[other] as number) & ofChanges) |
          ((reads[other] as number) & ofReads) |
          ((adds[other] as number) & ofAdds)) !==
        0
      if (!touches && sort !== ENDS) continue
      const who = threads[other] as number
      if (who === thread) continue
      const turn = turns[other] as number
      const known = (before[who] as number) >= turn
      if (known && (withLocks[who] as number) >= turn) continue
      const found = touches ? this.#relation(other, from, end) : NONE
      const how = found === NONE && sort === ENDS ? DATA : found
      if (how === NONE) continue
      // Protected by a lock that is taken now: it comes the other way round with the takings of the lock, or not at all.
      if (how === DATA && (withLocks[who] as number) >= turn) continue
      if (how === DATA && sort === PENDING) {
        this.#join(withLocks, other)
        continue
      }
      if (!known && how < AFTER) (races ??= []).push({ event: other, isShared: how === SHARED })
      if (how !== ORDERED && how !== SHARED) this.#join(before, other)
      this.#join(withLocks, other)
    }
    return races ?? NO_RACES
  }

  /** How an earlier event relates to the accesses `from` to `end` of a later one: the relation that rules out most. */
  #relation(other: number, from: number, end: number): number {
    const things = this.#things
    const modes = this.#modes
    let how = NONE
    for (let i = this.#from[other] as number, stop = this.#from[other + 1] as number; i < stop; i++) {
      const thing = things[i]
      for (let j = from; j < end; j++) {
        if (things[j] !== thing) continue
        const found = relationOf(modes[i] as Mode, modes[j] as Mode)
        if (found > how) how = found
      }
    }
    return how
  }

  #footprintOf(event: number, from: number, end: number): Footprint {
    const touched = [0, 0, 0]
    for (let i = from; i < end; i++) {
      const mode = this.#modes[i] as Mode
      addTo(touched, this.#things[i] as number, mode === LEFT_ONE ? ADD : mode)
    }
    this.#reads[event] = folded(touched, READS)
    this.#changes[event] = folded(touched, CHANGES)
    this.#adds[event] = folded(touched, ADDS)
    return touched
  }

  /** Where one is left, the next drop is the last: that concerns sleepers with which this event commutes. */
  #reachOf(event: number, from: number, end: number): Footprint {
    const touched = this.#footprints[event] as Footprint
    let reach: number[] | undefined
    for (let i = from; i < end; i++) {
      if (this.#modes[i] === LEFT_ONE) addTo((reach ??= [...touched]), this.#things[i] as number, LEFT_ONE)
    }
    return reach ?? touched
  }

  /** Refine the modes of lock accesses: taken by trying, taken after standing in line, released after sharing. */
  #sortLocks(thread: number, from: number, end: number): void {
    for (let i = from; i < end; i++) {
      const mode = this.#modes[i] as Mode
      if (!isAcquire(mode) && mode !== RELEASE) continue
      const earlier = this.#lastOf(this.#things[i] as number, from, i, isAcquire(mode))
      if (isAcquire(mode)) {
        if (earlier === TRIED) this.#modes[i] = TAKEN_BY_TRYING
        else if (earlier !== undefined) this.#modes[i] = OF_NO_CONCERN
        else if (mode === ACQUIRE && this.#stoodInLine(thread, this.#things[i] as number))
          this.#modes[i] = TAKEN_IN_LINE
      } else if (earlier === undefined) {
        if (this.#isShared(this.#things[i] as number, thread)) this.#modes[i] = RELEASE_SHARED
      } else this.#modes[i] = OF_NO_CONCERN
    }
  }

  /** How the step last used this lock, among these accesses. **Shape** `tries`: to try it counts, too. */
  #lastOf(lock: number, from: number, end: number, tries: boolean): Mode | undefined {
    for (let i = end - 1; i >= from; i--) {
      const mode = this.#modes[i] as Mode
      if (this.#things[i] === lock && isOfLock(mode) && (tries || mode !== TRIED)) return mode
    }
    return undefined
  }

  /** Did the thread, in its previous step, come to stand in line for it? */
  #stoodInLine(thread: number, lock: number): boolean {
    const event = this.#latest[thread] as number
    return event >= 0 && this.#isInLine(event) && this.#things[(this.#from[event + 1] as number) - 1] === lock
  }

  /** Did the event end with its thread standing in line? */
  #isInLine(event: number): boolean {
    const last = (this.#from[event + 1] as number) - 1
    return last >= (this.#from[event] as number) && this.#modes[last] === COMES
  }

  /** Did the thread take the lock shared when it took it last? */
  #isShared(lock: number, thread: number): boolean {
    for (let event = this.#latest[thread] as number; event >= 0; event = this.#previous[event] as number) {
      for (let i = (this.#from[event + 1] as number) - 1, first = this.#from[event] as number; i >= first; i--) {
        if (this.#things[i] !== lock) continue
        const mode = this.#modes[i] as Mode
        if (mode === ACQUIRE_SHARED) return true
        if (mode === ACQUIRE || mode === TAKEN_IN_LINE || mode === TAKEN_BY_TRYING) return false
      }
    }
    return false
  }

  /** Begin with the clock of the thread's previous event. Standing in line is passed over: it does not delay the taking. */
  #startClock(clock: Int32Array, of: number): void {
    let event = this.#previous[of] as number
    while (event >= 0 && this.#isInLine(event)) event = this.#previous[event] as number
    if (event < 0) event = this.#bornIn[this.#thread[of] as number] ?? -1
    if (event >= 0) this.#readClock(event, clock)
    else for (let t = 0; t < this.#width; t++) clock[t] = 0
  }

  // Loops: a clock is short, and a view of it would cost more than copying its words.
  #readClock(event: number, into: Int32Array): void {
    const clocks = this.#clocks
    const width = this.#width
    for (let t = 0, at = event * width; t < width; t++, at++) into[t] = clocks[at] as number
  }

  /** The clock of an event is what comes before it, counting releases of locks, and itself. */
  #keepClock(thread: number, event: number): void {
    const clock = this.#withLocks
    const before = this.#previous[event] as number
    this.#turn[event] = before < 0 ? 1 : (this.#turn[before] as number) + 1
    clock[thread] = this.#turn[event]
    const clocks = this.#clocks
    const width = this.#width
    for (let t = 0, at = event * width; t < width; t++, at++) clocks[at] = clock[t] as number
  }

  #join(clock: Int32Array, event: number): void {
    const clocks = this.#clocks
    const width = this.#width
    for (let t = 0, at = event * width; t < width; t++, at++) {
      const other = clocks[at] as number
      if (other > (clock[t] as number)) clock[t] = other
    }
  }

  /** Begin a run with so many threads, which no event has made. */
  begin(threads: number): void {
    this.#count = 0
    this.#bornIn.length = 0
    this.#latest.fill(-1)
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
    this.#previous = copied(new Int32Array(size), this.#previous)
    this.#reads = copied(new Int32Array(size), this.#reads)
    this.#changes = copied(new Int32Array(size), this.#changes)
    this.#adds = copied(new Int32Array(size), this.#adds)
  }

  #widen(threads: number): void {
    // When a run begins its threads are all that most programs have; where steps make more, they may make many.
    const width = this.#count === 0 ? threads : Math.max(threads, this.#width * 2)
    const clocks = new Int32Array(this.#thread.length * width)
    for (let event = 0; event < this.#count; event++) {
      clocks.set(this.#clocks.subarray(event * this.#width, (event + 1) * this.#width), event * width)
    }
    this.#clocks = clocks
    this.#before = new Int32Array(width)
    this.#withLocks = new Int32Array(width)
    this.#seen = new Int32Array(width)
    this.#latest = copied(new Int32Array(width).fill(-1), this.#latest)
    this.#width = width
  }

  #growAccesses(end: number): void {
    const size = Math.max(end, this.#things.length * 2)
    this.#things = copied(new Int32Array(size), this.#things)
    this.#modes = copied(new Uint8Array(size), this.#modes)
  }
}

/** Sorts of events that are put in order. */
const HAPPENED = 0
const ENDS = 1
const PENDING = 2

const isOfLock = (mode: Mode): boolean => (mode >= ACQUIRE && mode <= TRIED) || mode >= TAKEN_BY_TRYING

function copied<T extends Int16Array | Int32Array | Uint8Array>(into: T, from: T): T {
  into.set(from)
  return into
}
