/**
 * What a run tells: the accesses of the current step, and what follows from them for the state (`state-hashes.ts`) and for how steps
 * may move (`discipline.ts`).
 */
import type { AccessLog } from '@barter/core'
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  COMES,
  DROPPED,
  LEFT_ONE,
  type Mode,
  NOTED,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
  WRITE,
} from './access-mode.ts'
import type { Columns } from './columns.ts'
import { Discipline, EARLIER } from './discipline.ts'
import { NamedThings } from './named-things.ts'
import { StateHashes } from './state-hashes.ts'
import { BY_HISTORY, BY_VALUE, FORGOTTEN, StepAccesses } from './step-accesses.ts'
import type { ThingNames } from './thing-names.ts'

/** Words at the head of a saved state. */
const HEAD = 3
/** Odd, so that no bit is lost. */
const PRIME = 0x01000193

export class History implements AccessLog {
  readonly #step = new StepAccesses()
  /** Off while a prefix is replayed, which was heard before. */
  recording = true
  /** A digest of all accesses so far, including replayed ones: a replay has to come to the same digest. */
  #told = 0
  things = 0
  /** What things are called in whatever order they are made. */
  readonly #named = new NamedThings()
  threads = 0
  /** Of the current step: its thread. There was only one when it began. How many accesses were judged by `discipline`. */
  #thread = 0
  #alone = false
  #judged = 0
  /** How the step that was just taken may move: bits of `Discipline`. */
  moves = 0
  /** What is known about how threads share things. */
  readonly discipline: Discipline
  /** It is determined how steps may move. */
  readonly #judges: boolean
  /** States are told apart. */
  readonly #hashes: boolean
  readonly #states: StateHashes
  /** What `discipline` saves. */
  readonly #columns: readonly Columns[]

  /**
   * **Shape** `groupClasses`: groups of one class are copies of each other. `judges`: determine how steps may move. `hashes`: tell
   * states apart; else only accesses are heard.
   */
  constructor(groupClasses: readonly number[], judges: boolean, hashes = true) {
    const classes = Int32Array.from(groupClasses)
    this.#judges = judges
    this.#hashes = hashes
    this.#states = new StateHashes(classes, this.#step)
    this.discipline = new Discipline(classes)
    this.#columns = judges ? [this.discipline.ofThings, this.discipline.ofThreads] : []
    this.restart()
  }

  /** Begin a run. */
  restart(): void {
    this.#step.count = 0
    this.things = 0
    this.threads = 0
    this.recording = true
    this.#told = 0
    if (!this.#hashes) return
    this.discipline.restart()
    this.#states.restart()
  }

  /** Accesses of the current step: thing and mode of each. */
  get count(): number {
    return this.#step.count
  }

  get thingAt(): Int32Array {
    return this.#step.thingAt
  }

  get modeAt(): Uint8Array {
    return this.#step.modeAt
  }

  get stateA(): number {
    return this.#states.a
  }

  get stateB(): number {
    return this.#states.b
  }

  /** See `StateHashes`. */
  digestOf(thread: number): number {
    return this.#states.digestOf(thread)
  }

  localOf(thread: number): number {
    return this.#states.localOf(thread)
  }

  groupOfThread(thread: number): number {
    return this.#states.groupOfThread(thread)
  }

  sortOf(thing: number): number {
    return this.discipline.sortOf(thing)
  }

  /** The name of each thing. */
  get nameAt(): Int32Array {
    return this.#named.nameAt
  }

  get names(): ThingNames {
    return this.#named.names
  }

  groupOf(thing: number): number {
    return this.#states.groupOf(thing)
  }

  thing(kind: number, group: number, sort = kind): number {
    const at = this.things++
    this.#told = Math.imul(this.#told ^ kind, PRIME)
    if (!this.recording) return at
    this.#named.add(at, kind, group, sort)
    if (!this.#hashes) return at
    this.#states.addThing(at, kind, group)
    if (this.#judges) this.discipline.addThing(at, sort, group)
    return at
  }

  /** A thread that was there from the beginning, or was made by the current step. */
  addThread(group: number): void {
    const at = this.threads++
    if (!this.#observes) return
    this.#states.addThread(at, group)
    if (this.#judges) this.discipline.addThread(at)
  }

  read(thing: number): void {
    this.#ask(thing)
    this.#note(thing, READ)
  }

  write(thing: number): void {
    this.#note(thing, WRITE)
  }

  add(thing: number): void {
    this.#note(thing, ADD)
  }

  readValue(thing: number, value: number): void {
    this.#ask(thing)
    this.#note(thing, READ, BY_VALUE, value)
  }

  readHere(thing: number): void {
    this.#ask(thing)
    this.#note(thing, READ, FORGOTTEN)
  }

  writeValue(thing: number, value: number): void {
    this.#note(thing, WRITE, BY_VALUE, value)
  }

  addValue(thing: number, value: number): void {
    this.#note(thing, ADD, BY_VALUE, value)
  }

  noteValue(thing: number, value: number): void {
    this.#note(thing, NOTED, BY_VALUE, value)
  }

  /** Left out until somebody is seen to read it. The digest of a replay must not depend on whether that is known yet. */
  countValue(thing: number, value: number): void {
    this.#told = Math.imul(this.#told ^ (thing + value), PRIME)
    if (!this.recording || (this.#judges && !this.discipline.counts(thing))) return
    this.#step.add(thing, ADD, BY_VALUE, value)
  }

  drops(thing: number): void {
    this.#note(thing, DROPPED)
  }

  leavesOne(thing: number): void {
    this.#note(thing, LEFT_ONE)
  }

  /** No conflict, and nothing that the thread remembers. */
  heeds(thing: number): void {
    this.#told = Math.imul(this.#told ^ thing, PRIME)
  }

  acquire(lock: number, shared: boolean): void {
    this.#note(lock, shared ? ACQUIRE_SHARED : ACQUIRE)
  }

  release(lock: number): void {
    this.#note(lock, RELEASE)
  }

  tried(lock: number): void {
    this.#note(lock, TRIED)
  }

  comes(lock: number): void {
    this.#note(lock, COMES)
  }

  waited(thing: number): void {
    this.#note(thing, WAITED)
  }

  signalled(thing: number): void {
    this.#note(thing, SIGNALLED)
  }

  resumes(): void {
    if (this.#observes) this.#states.resumes()
  }

  visits(): void {
    if (this.#observes) this.#states.visits()
  }

  returns(): void {
    if (this.#observes) this.#states.returns()
  }

  reorders(order: number): void {
    // The digest of a replay must not depend on what has been learned about the order.
    if (!this.recording || (this.#judges && !this.discipline.isOrdered(order))) return
    this.#step.add(order, WRITE, BY_HISTORY, 0)
  }

  beginsRound(order: number): void {
    if (!this.recording) return
    if (!this.#judges) {
      this.#step.add(order, READ, BY_HISTORY, 0)
      return
    }
    this.#judge()
    if (this.discipline.beginRound(this.#thread, order)) this.#step.add(order, READ, BY_HISTORY, 0)
  }

  entersTurn(): void {
    if (!this.#looks) return
    this.#judge()
    this.discipline.enterTurn(this.#thread)
  }

  leavesTurn(): void {
    if (!this.#looks) return
    this.#judge()
    this.discipline.leaveTurn(this.#thread)
  }

  /** This step is new, and states are told apart. */
  get #observes(): boolean {
    return this.recording && this.#hashes
  }

  /** This step is new, and it is determined how steps may move; otherwise rounds of lists are not followed either. */
  get #looks(): boolean {
    return this.#judges && this.recording
  }

  settles(value: number): void {
    if (this.#observes) this.#states.settles(value)
  }

  ends(fence: number): void {
    this.#told = Math.imul(this.#told ^ fence, PRIME)
    if (this.#observes) this.#states.ends(fence)
  }

  spawned(thread: number): void {
    if (!this.#observes) return
    this.#states.spawned(thread)
    // What its maker does next may come after what it does.
    if (this.#judges) this.moves |= EARLIER
  }

  beginStep(thread: number): void {
    this.#alone = this.threads === 1
    this.#step.count = 0
    if (!this.#hashes) return
    this.#states.forgetNew()
    if (!this.recording) return
    this.#thread = thread
    this.#judged = 0
    this.moves = 0
    if (this.#judges) this.discipline.beginStep(thread)
    this.#states.beginStep(thread)
  }

  /** The step is over. */
  endStep(thread: number): void {
    if (!this.#observes) return
    if (this.#judges) {
      this.#judge()
      this.discipline.endStep(thread, this.#step)
      for (const made of this.#states.newThreads) this.discipline.bear(made.thread, thread)
    }
    this.#states.endStep(thread)
  }

  /** Determine how the step may move, from what it did so far. */
  #judge(): void {
    if (!this.#judges) return
    const { count, thingAt, modeAt } = this.#step
    for (; this.#judged < count; this.#judged++) {
      const thing = thingAt[this.#judged] as number
      this.moves |= this.discipline.touch(this.#thread, thing, modeAt[this.#judged] as Mode, this.#alone)
    }
  }

  #ask(thing: number): void {
    if (this.#looks) this.discipline.asks(thing)
  }

  #note(thing: number, mode: Mode, known = BY_HISTORY, value = 0): void {
    this.#told = Math.imul(this.#told ^ (thing * 16 + mode + value), PRIME)
    if (this.recording) this.#step.add(thing, mode, known, value)
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    if (!this.#hashes) return HEAD
    return this.#columns.reduce((sum, columns) => sum + columns.savedLength, HEAD + this.#states.savedLength)
  }

  /** Copy the state to `at` of `into`, to be restored when the search returns to this place. */
  save(into: Int32Array, at: number): void {
    let i = at
    into[i++] = this.things
    into[i++] = this.threads
    into[i++] = this.#told
    if (!this.#hashes) return
    i = this.#states.save(into, i)
    for (const columns of this.#columns) i = columns.save(into, i)
  }

  /** Has a replay, with so many threads, come to the place that was saved at `at`? */
  isLike(saved: Int32Array, at: number, threads: number): boolean {
    return saved[at] === this.things && saved[at + 1] === threads && saved[at + HEAD - 1] === this.#told
  }

  /** **Shape** gives the index behind what it read. */
  restore(from: Int32Array, at: number): number {
    let i = at
    this.things = from[i++] as number
    this.threads = from[i++] as number
    this.#told = from[i++] as number
    this.#step.count = 0
    if (!this.#hashes) return i
    i = this.#states.restore(from, i)
    for (const columns of this.#columns) i = columns.restore(from, i)
    if (this.#judges) this.discipline.restored(this.things, this.threads)
    return i
  }
}
