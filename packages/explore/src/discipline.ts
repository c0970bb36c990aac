/**
 * How far the steps of a thread may move before another thread could tell: what is learned about how threads share things.
 *
 * A step that touches only what no other thread touches, or what is protected by a lock that it holds, may change places with
 * any step of others. Taking a lock may move to later, releasing it to earlier. So steps that take locks, then do one thing
 * that others can observe, then release locks, are the same as if they were done in one go (Lipton's reduction). Nobody declares
 * what protects what: it is learned from runs, and the search starts over when a run shows that more can be observed than was
 * known.
 */
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  COMES,
  DROPPED,
  type Mode,
  NOTED,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
  WRITE,
} from './access-mode.ts'
import { Columns } from './columns.ts'
import { contentMode, UNSEEN } from './content-mode.ts'
import { Hearsay } from './hearsay.ts'
import { ASKED, KnownSorts, LEFT_OUT, OPEN, OPEN_TO_CHANGE, ORDERED, SHARED, TRIED_HERE } from './known-sorts.ts'
import { ListRounds } from './list-rounds.ts'
import type { SavedThings } from './saved-search.ts'
import type { StepAccesses } from './step-accesses.ts'

/** How a step may move, as bits: to later only, to earlier only; with both it stays where it is. */
export const LATER = 1
export const EARLIER = 2
const STAYS = LATER | EARLIER
/** It is not joined with the steps before it, whatever they are: others may have to go in between. */
export const APART = 4

const ENTRIES = 32
const NONE: Int32Array = new Int32Array()
const THING_COLUMNS = 13
const THREAD_COLUMNS = 6
const NOBODY = -1
const SEVERAL = -2
const EVERY_LOCK = -1
/** Locks of a run that fit into a mask; further ones are taken to protect nothing. */
const MOST_LOCKS = 31
/** More than there are classes of groups. */
const CLASSES = 4096

export class Discipline {
  /** A step that was thought to move does not: steps were joined that others can tell apart. */
  discovered = false
  readonly #groupClasses: Int32Array
  readonly #sorts = new KnownSorts()
  /** State of the run, for each thing and for each thread, as it is saved. */
  readonly ofThings = new Columns(THING_COLUMNS, ENTRIES)
  readonly ofThreads = new Columns(THREAD_COLUMNS, ENTRIES)
  /** For each thing of the run: its sort, who touched it, which locks were held at every access and at every change. */
  #sortAt = NONE
  #reader = NONE
  #writer = NONE
  #adder = NONE
  #guard = NONE
  #changeGuard = NONE
  /** For each lock its bit in masks; -1 for none. */
  #bitAt = NONE
  readonly #lockAt = new Int32Array(MOST_LOCKS)
  #locks = 0
  /** For each thread the locks that it holds, and those of them that it holds exclusively. */
  #held = NONE
  #own = NONE
  readonly #rounds = new ListRounds()
  readonly #hearsay = new Hearsay(this.#rounds)

  constructor(groupClasses: Int32Array) {
    this.#groupClasses = groupClasses
    this.#viewThings()
    this.#viewThreads()
  }

  /** Changes whenever more is known. */
  get version(): number {
    return this.#sorts.version
  }

  /** Begin a run. What is known of sorts stays. */
  restart(): void {
    this.#locks = 0
    this.#rounds.restart()
  }

  addThing(thing: number, kind: number, group: number): void {
    if (thing >= this.ofThings.length) {
      this.ofThings.grow()
      this.#viewThings()
    }
    this.#sortAt[thing] = this.#sorts.numberOf(this.#keyOf(kind, group))
    this.#reader[thing] = NOBODY
    this.#writer[thing] = NOBODY
    this.#adder[thing] = NOBODY
    this.#guard[thing] = EVERY_LOCK
    this.#changeGuard[thing] = EVERY_LOCK
    this.#bitAt[thing] = -1
    this.#rounds.addThing(thing)
    this.#hearsay.addThing(thing)
  }

  #keyOf(kind: number, group: number): number {
    return kind * CLASSES + (group < 0 ? 0 : (this.#groupClasses[group] as number) + 1)
  }

  addThread(thread: number): void {
    if (thread >= this.ofThreads.length) {
      this.ofThreads.grow()
      this.#viewThreads()
    }
    this.#held[thread] = 0
    this.#own[thread] = 0
    this.#rounds.addThread(thread)
    this.#hearsay.addThread(thread)
  }

  /**
   * `thread` touches `thing`. **Shape** gives how a step that does so may move. `alone`: there is no other thread yet, so that
   * everything others do comes after this.
   */
  touch(thread: number, thing: number, mode: Mode, alone: boolean): number {
    if (this.#rounds.count > 0) this.#follow(thread, thing, mode, alone)
    return this.#moveOf(thread, thing, mode, alone)
  }

  #moveOf(thread: number, thing: number, mode: Mode, alone: boolean): number {
    switch (mode) {
      case ACQUIRE:
      case ACQUIRE_SHARED:
        return this.#take(thread, thing, mode, alone)
      case RELEASE:
        return this.#giveBack(thread, thing)
      case COMES:
        return this.#come(thread, thing, alone)
      case TRIED:
        if (alone) return 0
        this.#raise(thing, TRIED_HERE)
        this.#note(thread, thing, WRITE)
        return this.#isLone(thing) ? 0 : STAYS
      case WAITED:
        return LATER
      case SIGNALLED:
        return EARLIER
      case NOTED:
        return 0
      case DROPPED:
        // Moved to later it might be the last, for which others wait.
        return this.#moveOf(thread, thing, ADD, alone) | EARLIER
      default:
        if (alone) return 0
        this.#note(thread, thing, mode)
        this.#protect(thread, thing, mode)
        return this.#moves(thread, thing, mode) ? 0 : STAYS
    }
  }

  /** A step reads the thing. */
  asks(thing: number): void {
    const sort = this.#sortAt[thing] as number
    if (this.#sorts.raise(sort, ASKED) && this.#sorts.has(sort, LEFT_OUT)) this.discovered = true
  }

  /** A count that is kept only to be shown changes. **Shape** gives whether anybody was seen to read it; if not, it is left out. */
  counts(thing: number): boolean {
    if (this.#has(thing, ASKED)) return true
    this.#sorts.raise(this.#sortAt[thing] as number, LEFT_OUT)
    return false
  }

  /** Is the order of this list of consequence? Changes of it are left out until it is, or somebody reads it. */
  isOrdered(order: number): boolean {
    return this.#has(order, ORDERED) || this.counts(order)
  }

  /** A round begins. Gives whether the order of the list is of consequence. */
  beginRound(thread: number, order: number): boolean {
    // A round inside a visit of another round: the order may matter in more than one way.
    if (this.#rounds.isVisiting(thread)) this.#order(this.#rounds.listOf(thread))
    const isOrdered = this.isOrdered(order)
    if (isOrdered) this.#rounds.beginOrdered(thread)
    else this.#rounds.begin(thread, order, this.#held[thread] as number)
    return isOrdered
  }

  beginStep(thread: number): void {
    this.#hearsay.beginStep(thread)
  }

  /** A step is over. */
  endStep(thread: number, { count, thingAt, modeAt }: StepAccesses): void {
    if (!this.#hearsay.hasHeard(thread)) return
    for (let i = 0; i < count; i++) {
      const thing = thingAt[i] as number
      const mode = modeAt[i] as Mode
      this.#hearsay.tell(thread, thing, mode, contentMode(mode, this.#has(thing, TRIED_HERE)))
    }
  }

  /** A step of `maker` made `thread`. */
  bear(thread: number, maker: number): void {
    this.#hearsay.bear(thread, maker)
  }

  enterTurn(thread: number): void {
    this.#rounds.enter(thread)
  }

  leaveTurn(thread: number): void {
    this.#rounds.leave(thread)
  }

  /** The order of a list matters if two visits of one round conflict, or if the thread has heard of one and comes behind another. */
  #follow(thread: number, thing: number, mode: Mode, alone: boolean): void {
    const content = contentMode(mode, this.#has(thing, TRIED_HERE))
    if (!alone) {
      const list = this.#hearsay.touch(thread, thing, mode, content, this.#held[thread] as number)
      if (list >= 0) this.#order(list)
    }
    if (content === UNSEEN || !this.#rounds.isVisiting(thread)) return
    if (this.#rounds.touch(thread, thing, content)) this.#order(this.#rounds.listOf(thread))
  }

  #order(list: number): void {
    if (this.#sorts.raise(this.#sortAt[list] as number, ORDERED)) this.discovered = true
  }

  /** `thread` waits for a lock to the end of the run: it counts as wanting it. */
  wants(thread: number, lock: number): void {
    this.#note(thread, lock, WRITE)
    this.#nest(thread, lock)
  }

  #take(thread: number, lock: number, mode: Mode, alone: boolean): number {
    let tangled = false
    if (!alone) {
      this.#note(thread, lock, mode === ACQUIRE ? WRITE : READ)
      tangled = this.#nest(thread, lock)
    }
    const bit = this.#bitOf(lock)
    this.#held[thread] = (this.#held[thread] as number) | bit
    this.#hearsay.took(thread, lock, mode, this.#held[thread])
    if (mode === ACQUIRE) this.#own[thread] = (this.#own[thread] as number) | bit
    if (this.#isLone(lock)) return 0
    return (this.#has(lock, TRIED_HERE) ? STAYS : LATER) | (tangled ? APART : 0)
  }

  /** Standing in line may move to later, until nobody goes on any more who would be kept out. */
  #come(thread: number, lock: number, alone: boolean): number {
    if (alone) return 0
    this.#note(thread, lock, WRITE)
    const tangled = this.#nest(thread, lock)
    return this.#isLone(lock) ? 0 : LATER | (tangled ? APART : 0)
  }

  #giveBack(thread: number, lock: number): number {
    const bit = this.#bitOf(lock)
    this.#held[thread] = (this.#held[thread] as number) & ~bit
    this.#own[thread] = (this.#own[thread] as number) & ~bit
    if (this.#isLone(lock)) return 0
    return this.#has(lock, TRIED_HERE) ? STAYS : EARLIER
  }

  #bitOf(lock: number): number {
    let at = this.#bitAt[lock] as number
    if (at < 0) {
      if (this.#locks >= MOST_LOCKS) return 0
      at = this.#locks++
      this.#bitAt[lock] = at
      this.#lockAt[at] = lock
    }
    return 1 << at
  }

  /**
   * The lock is taken or wanted under those that the thread holds. **Shape** gives whether they are also taken the other way
   * round: then two threads may come to wait for each other between the two.
   */
  #nest(thread: number, lock: number): boolean {
    const held = this.#held[thread] as number
    if (held === 0) return false
    const sort = this.#sortAt[lock] as number
    let tangled = false
    for (let i = 0; i < this.#locks; i++) {
      if ((held & (1 << i)) === 0) continue
      const above = this.#sortAt[this.#lockAt[i] as number] as number
      const leads = this.#sorts.leads(sort, above)
      if (this.#sorts.nest(above, sort) && leads) this.discovered = true
      tangled ||= leads
    }
    return tangled
  }

  /** Once two threads touch a thing and one changes it, its sort is shared. */
  #note(thread: number, thing: number, mode: Mode): void {
    const reader = this.#reader[thing] as number
    const writer = this.#writer[thing] as number
    const adder = this.#adder[thing] as number
    let meets = isOther(writer, thread)
    if (mode !== READ) meets ||= isOther(reader, thread)
    if (mode !== ADD) meets ||= isOther(adder, thread)
    if (meets) this.#raise(thing, SHARED)
    if (mode === READ) this.#reader[thing] = joined(reader, thread)
    else if (mode === ADD) this.#adder[thing] = joined(adder, thread)
    else this.#writer[thing] = joined(writer, thread)
  }

  #protect(thread: number, thing: number, mode: Mode): void {
    const held = this.#held[thread] as number
    const locks = mode === READ ? held : (this.#own[thread] as number)
    this.#guard[thing] = (this.#guard[thing] as number) & locks
    if (mode !== READ || held !== 0) this.#changeGuard[thing] = (this.#changeGuard[thing] as number) & locks
    if (this.#guard[thing] === 0) this.#raise(thing, OPEN)
    if (this.#changeGuard[thing] === 0) this.#raise(thing, OPEN_TO_CHANGE)
  }

  #moves(thread: number, thing: number, mode: Mode): boolean {
    if (this.#isLone(thing) || !this.#has(thing, OPEN)) return true
    return mode === READ && this.#held[thread] !== 0 && !this.#has(thing, OPEN_TO_CHANGE)
  }

  #isLone(thing: number): boolean {
    return !this.#has(thing, SHARED)
  }

  #has(thing: number, flag: number): boolean {
    return this.#sorts.has(this.#sortAt[thing] as number, flag)
  }

  #raise(thing: number, flag: number): void {
    const sort = this.#sortAt[thing] as number
    // As long as it is not shared, its accesses move whatever else is known of it.
    if (this.#sorts.raise(sort, flag) && this.#sorts.has(sort, SHARED)) this.discovered = true
  }

  /** The sort of a thing, the same from run to run. */
  sortOf(thing: number): number {
    return this.#sorts.keyOf(this.#sortAt[thing] as number)
  }

  /** What is known, for a checkpoint and for other workers. */
  get known(): SavedThings {
    return this.#sorts.saved
  }

  /** Add this to what is known, from the next run on. **Shape** gives whether any step may move differently now. */
  hear(known: SavedThings): boolean {
    return this.#sorts.hear(known)
  }

  /** Replace what is known, from the next run on. */
  learn(known: SavedThings): void {
    this.#sorts.restore(known)
  }

  /** The columns were restored, to when there were so many things and threads. */
  restored(things: number, threads: number): void {
    this.#locks = 0
    this.#rounds.restored(threads)
    for (let thing = 0; thing < things; thing++) {
      const bit = this.#bitAt[thing] as number
      if (bit < 0) continue
      this.#lockAt[bit] = thing
      this.#locks++
    }
  }

  #viewThings(): void {
    const [sortAt = NONE, reader = NONE, writer = NONE, adder = NONE, guard = NONE, ...rest] = this.ofThings.views
    const [changeGuard = NONE, bitAt = NONE, turnRead = NONE, turnWrite = NONE, turnAdd = NONE, ...heard] = rest
    const [byReaders = NONE, byWriters = NONE, byAdders = NONE] = heard
    this.#sortAt = sortAt
    this.#reader = reader
    this.#writer = writer
    this.#adder = adder
    this.#guard = guard
    this.#changeGuard = changeGuard
    this.#bitAt = bitAt
    this.#rounds.viewThings(turnRead, turnWrite, turnAdd)
    this.#hearsay.viewThings(byReaders, byWriters, byAdders)
  }

  #viewThreads(): void {
    const [held = NONE, own = NONE, list = NONE, turn = NONE, visiting = NONE, heard = NONE] = this.ofThreads.views
    this.#held = held
    this.#own = own
    this.#rounds.viewThreads(list, turn, visiting)
    this.#hearsay.viewThreads(heard)
  }
}

const isOther = (who: number, thread: number): boolean => who !== NOBODY && who !== thread
const joined = (who: number, thread: number): number => (isOther(who, thread) ? SEVERAL : thread)
