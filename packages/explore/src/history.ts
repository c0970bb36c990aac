/**
 * What has happened so far in a run, as hashes: of each thread all that it observed, of each shared thing what made it what
 * it is. Two runs with equal hashes are in the same state: threads are deterministic functions of what they observed.
 *
 * A thing whose content is a small number is known by that number; any other by who wrote it, in which order, knowing
 * what. So runs meet in one state also when steps that do not conflict changed places. Identical parts of the machine may
 * be swapped: hashes hold no identities, and what belongs to a group is summed up by group before groups of a class are.
 */
import type { AccessLog } from '@barter/core'
import type { SavedSorts } from './saved-search.ts'
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  type Mode,
  observes,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
  WRITE,
} from './access-mode.ts'
import { mixA, mixB } from '@barter/core'

const START = 0x51ed270b
const VALUE = 0x2545f491
/** Room for what one step may touch; it grows. */
const ENTRIES = 64
/** Words of a saved state before the things. */
const HEAD = 5
/** Odd, so that no bit is lost. */
const PRIME = 0x01000193
const BY_HISTORY = 0
const BY_VALUE = 1
const FORGOTTEN = 2

export class History implements AccessLog {
  /** Accesses of the step under way: thing and mode of each. */
  count = 0
  thingAt = new Int32Array(ENTRIES)
  modeAt = new Uint8Array(ENTRIES)
  #valueAt = new Int32Array(ENTRIES)
  #known = new Uint8Array(ENTRIES)
  /** While a prefix is replayed, nobody needs to hear it again. */
  recording = true
  /** Stands for all accesses so far, replayed ones as well: a replay has to come to the same word. */
  #told = 0
  things = 0
  kinds = new Int32Array(ENTRIES)
  groups = new Int32Array(ENTRIES)
  #thingA = new Int32Array(ENTRIES)
  #thingB = new Int32Array(ENTRIES)
  threads = 0
  #threadGroup = new Int32Array(ENTRIES)
  #threadA = new Int32Array(ENTRIES)
  #threadB = new Int32Array(ENTRIES)
  /** What it knew when it called somebody who gives nothing back. */
  #outsideA = new Int32Array(ENTRIES)
  #outsideB = new Int32Array(ENTRIES)
  /** In the step under way: entries before this one are forgotten, and what is known instead of them. */
  #thread = 0
  #seenA = 0
  #seenB = 0
  #forgotten = -1
  #knownA = 0
  #knownB = 0
  #newThreads: number[] = []
  /** Of a sort of things: its number, and whether two threads of one run ever touched one of them. */
  readonly #sorts = new Map<number, number>()
  #shared = new Uint8Array(ENTRIES)
  #sortAt = new Int32Array(ENTRIES)
  /** The one thread that touched it so far, -1 before. */
  #toucher = new Int32Array(ENTRIES)
  /** Something turned out to be shared that seemed private. */
  discovered = false
  readonly #groupClasses: Int32Array
  /** Sum over the members of each group. */
  #groupA: Int32Array
  #groupB: Int32Array
  /** Sum over all groups, and over what is nobody's. */
  #sumA = 0
  #sumB = 0

  /** **Shape** `groupClasses`: groups of one class are copies of each other. */
  constructor(groupClasses: readonly number[]) {
    this.#groupClasses = Int32Array.from(groupClasses)
    this.#groupA = new Int32Array(groupClasses.length)
    this.#groupB = new Int32Array(groupClasses.length)
    this.restart()
  }

  /** Begin a run. What `snapshot` keeps is put back by `restore`. */
  restart(): void {
    this.count = 0
    this.things = 0
    this.threads = 0
    this.recording = true
    this.#told = 0
    this.#groupA.fill(0)
    this.#groupB.fill(0)
    this.#sumA = 0
    this.#sumB = 0
    for (let g = 0; g < this.#groupClasses.length; g++) this.#addGroup(g)
  }

  get stateA(): number {
    return this.#sumA | 0
  }

  get stateB(): number {
    return this.#sumB | 0
  }

  /** Of a thread with all that is its group's: equal for two threads that may be swapped for each other. */
  digestOf(thread: number): number {
    const group = this.#threadGroup[thread] as number
    const own = mixA(this.#threadA[thread] as number, this.#threadB[thread] as number)
    if (group < 0) return mixA(own, thread)
    return mixA(mixA(this.#groupClasses[group] as number, own), this.#groupA[group] as number)
  }

  /** A word for all that the thread observed so far. */
  knowledgeOf(thread: number): number {
    return mixA(mixA(this.#threadA[thread] as number, this.#threadB[thread] as number), thread)
  }

  /** Those of the step that was just taken. */
  accesses(): readonly { readonly thing: number; readonly mode: Mode }[] {
    return Array.from({ length: this.count }, (_, i) => ({
      thing: this.thingAt[i] as number,
      mode: this.modeAt[i] as Mode,
    }))
  }

  thing(kind: number, group: number): number {
    const at = this.things++
    this.#told = Math.imul(this.#told ^ kind, PRIME)
    if (!this.recording) return at
    if (at >= this.kinds.length) this.#growThings()
    this.kinds[at] = kind
    this.groups[at] = group
    this.#thingA[at] = START
    this.#thingB[at] = START
    this.#sortAt[at] = this.#sortOf(kind, group)
    this.#toucher[at] = -1
    this.#changeThing(at, 1)
    return at
  }

  /** A thread that was there from the beginning, or was made by the step under way. */
  addThread(group: number): void {
    const at = this.threads++
    if (!this.recording) return
    if (at >= this.#threadA.length) this.#growThreads()
    this.#threadGroup[at] = group
    this.#threadA[at] = START
    this.#threadB[at] = START
    this.#changeThread(at, 1)
  }

  read(thing: number): void {
    this.#note(thing, READ)
  }

  write(thing: number): void {
    this.#note(thing, WRITE)
  }

  add(thing: number): void {
    this.#note(thing, ADD)
  }

  readValue(thing: number, value: number): void {
    this.#note(thing, READ, BY_VALUE, value)
  }

  readHere(thing: number): void {
    this.#note(thing, READ, FORGOTTEN)
  }

  writeValue(thing: number, value: number): void {
    this.#note(thing, WRITE, BY_VALUE, value)
  }

  addValue(thing: number, value: number): void {
    this.#note(thing, ADD, BY_VALUE, value)
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

  waited(thing: number): void {
    this.#note(thing, WAITED)
  }

  signalled(thing: number): void {
    this.#note(thing, SIGNALLED)
  }

  visits(): void {
    if (!this.recording) return
    const thread = this.#thread
    this.#learned(Math.max(0, this.#forgotten), this.count)
    this.#outsideA[thread] = mixA(this.#baseA(thread), this.#seenA)
    this.#outsideB[thread] = mixB(this.#baseB(thread), this.#seenB)
  }

  returns(): void {
    if (!this.recording) return
    this.#forgotten = this.count
    this.#knownA = this.#outsideA[this.#thread] as number
    this.#knownB = this.#outsideB[this.#thread] as number
  }

  settles(value: number): void {
    this.#forgotten = this.count
    this.#knownA = mixA(START, value)
    this.#knownB = mixB(START, value)
  }

  spawned(thread: number): void {
    this.#newThreads.push(thread)
  }

  beginStep(thread: number): void {
    this.count = 0
    this.#forgotten = -1
    this.#thread = thread
  }

  /** Nothing that the step touched is touched by any other thread, as far as is known: no other step can tell when it was. */
  get wasPrivate(): boolean {
    for (let i = 0; i < this.count; i++) {
      if (this.#shared[this.#sortAt[this.thingAt[i] as number] as number] === 1) return false
    }
    return true
  }

  /** The step is over: what it observed becomes part of its thread, what it changed of the things. */
  endStep(thread: number): void {
    if (!this.recording) return
    this.#noteToucher(thread)
    this.#learned(Math.max(0, this.#forgotten), this.count)
    this.#changeThread(thread, -1)
    const a = mixA(this.#baseA(thread), this.#seenA)
    const b = mixB(this.#baseB(thread), this.#seenB)
    this.#threadA[thread] = a
    this.#threadB[thread] = b
    this.#changeThread(thread, 1)
    for (let i = 0; i < this.count; i++) this.#changeBy(i, a, b)
    for (const made of this.#newThreads) this.#bear(made, a, b)
    this.#newThreads.length = 0
  }

  /** What the running thread knew before the accesses that count. */
  #baseA(thread: number): number {
    return this.#forgotten >= 0 ? this.#knownA : (this.#threadA[thread] as number)
  }

  #baseB(thread: number): number {
    return this.#forgotten >= 0 ? this.#knownB : (this.#threadB[thread] as number)
  }

  /** Sum of what the accesses from `from` to `end` tell. */
  #learned(from: number, end: number): void {
    this.#seenA = 0
    this.#seenB = 0
    for (let i = from; i < end; i++) {
      const known = this.#known[i]
      if (!observes(this.modeAt[i] as Mode) || known === FORGOTTEN) continue
      const thing = this.thingAt[i] as number
      const kind = this.kinds[thing] as number
      if (known === BY_VALUE) {
        if (this.modeAt[i] === WRITE) continue
        const value = this.#valueAt[i] as number
        this.#seenA = (this.#seenA + mixA(mixA(kind, VALUE), value)) | 0
        this.#seenB = (this.#seenB + mixB(mixB(kind, VALUE), value)) | 0
      } else {
        this.#seenA = (this.#seenA + mixA(kind, this.#thingA[thing] as number)) | 0
        this.#seenB = (this.#seenB + mixB(kind, this.#thingB[thing] as number)) | 0
      }
    }
  }

  #noteToucher(thread: number): void {
    for (let i = 0; i < this.count; i++) this.touches(thread, this.thingAt[i] as number)
  }

  /** `thread` touches the thing, or would if it could: a lock that is never given back is wanted all the same. */
  touches(thread: number, thing: number): void {
    const before = this.#toucher[thing] as number
    if (before === thread) return
    this.#toucher[thing] = thread
    const sort = this.#sortAt[thing] as number
    if (before < 0 || this.#shared[sort] === 1) return
    this.#shared[sort] = 1
    this.discovered = true
  }

  /** Things of a kind and of groups of one class are of one sort. */
  #sortOf(kind: number, group: number): number {
    const key = kind * 4096 + (group < 0 ? 0 : (this.#groupClasses[group] as number) + 1)
    const known = this.#sorts.get(key)
    if (known !== undefined) return known
    const sort = this.#sorts.size
    if (sort >= this.#shared.length) {
      const shared = new Uint8Array(this.#shared.length * 2)
      shared.set(this.#shared)
      this.#shared = shared
    }
    this.#sorts.set(key, sort)
    return sort
  }

  #changeBy(i: number, a: number, b: number): void {
    const mode = this.modeAt[i] as Mode
    if (mode !== WRITE && mode !== ADD) return
    const thing = this.thingAt[i] as number
    this.#changeThing(thing, -1)
    if (this.#known[i] === BY_VALUE) {
      const value = this.#valueAt[i] as number
      this.#thingA[thing] = mixA(VALUE, value)
      this.#thingB[thing] = mixB(VALUE, value)
    } else if (mode === WRITE) {
      this.#thingA[thing] = mixA(this.#thingA[thing] as number, a)
      this.#thingB[thing] = mixB(this.#thingB[thing] as number, b)
    } else {
      this.#thingA[thing] = ((this.#thingA[thing] as number) + mixA(ADD, a)) | 0
      this.#thingB[thing] = ((this.#thingB[thing] as number) + mixB(ADD, b)) | 0
    }
    this.#changeThing(thing, 1)
  }

  /** A thread knows what its maker knew. */
  #bear(thread: number, a: number, b: number): void {
    this.#changeThread(thread, -1)
    this.#threadA[thread] = mixA(START, a)
    this.#threadB[thread] = mixB(START, b)
    this.#changeThread(thread, 1)
  }

  #note(thing: number, mode: Mode, known = BY_HISTORY, value = 0): void {
    this.#told = Math.imul(this.#told ^ (thing * 16 + mode + value), PRIME)
    if (!this.recording) return
    const at = this.count++
    if (at >= this.thingAt.length) this.#growEntries()
    this.thingAt[at] = thing
    this.modeAt[at] = mode
    this.#known[at] = known
    this.#valueAt[at] = value
  }

  #changeThing(thing: number, sign: number): void {
    const kind = this.kinds[thing] as number
    const a = mixA(mixA(kind, 3), this.#thingA[thing] as number)
    const b = mixB(mixB(kind, 3), this.#thingB[thing] as number)
    this.#change(this.groups[thing] as number, sign, a, b)
  }

  #changeThread(thread: number, sign: number): void {
    const group = this.#threadGroup[thread] as number
    // Threads of no group are known by their number.
    const who = group < 0 ? thread + 7 : 5
    const a = mixA(who, this.#threadA[thread] as number)
    const b = mixB(who, this.#threadB[thread] as number)
    this.#change(group, sign, a, b)
  }

  #change(group: number, sign: number, a: number, b: number): void {
    if (group < 0) {
      this.#sumA = (this.#sumA + sign * a) | 0
      this.#sumB = (this.#sumB + sign * b) | 0
      return
    }
    this.#dropGroup(group)
    this.#groupA[group] = ((this.#groupA[group] as number) + sign * a) | 0
    this.#groupB[group] = ((this.#groupB[group] as number) + sign * b) | 0
    this.#addGroup(group)
  }

  #addGroup(group: number): void {
    const kind = this.#groupClasses[group] as number
    this.#sumA = (this.#sumA + mixA(kind, this.#groupA[group] as number)) | 0
    this.#sumB = (this.#sumB + mixB(kind, this.#groupB[group] as number)) | 0
  }

  #dropGroup(group: number): void {
    const kind = this.#groupClasses[group] as number
    this.#sumA = (this.#sumA - mixA(kind, this.#groupA[group] as number)) | 0
    this.#sumB = (this.#sumB - mixB(kind, this.#groupB[group] as number)) | 0
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    return HEAD + 6 * this.things + 5 * this.threads + 2 * this.#groupClasses.length
  }

  /** Put the state at `at` of `into`, to be restored when the search comes back here. */
  save(into: Int32Array, at: number): void {
    let i = at
    into[i++] = this.things
    into[i++] = this.threads
    into[i++] = this.#sumA
    into[i++] = this.#sumB
    into[i++] = this.#told
    for (const part of this.#thingParts()) i = keep(part, this.things, into, i)
    for (const part of this.#threadParts()) i = keep(part, this.threads, into, i)
    for (const part of [this.#groupA, this.#groupB]) i = keep(part, part.length, into, i)
  }

  /** Is a replay, which has made so many threads, where that was saved? */
  isLike(saved: Int32Array, at: number, threads: number): boolean {
    return saved[at] === this.things && saved[at + 1] === threads && saved[at + HEAD - 1] === this.#told
  }

  restore(from: Int32Array, at: number): void {
    let i = at
    this.things = from[i++] as number
    this.threads = from[i++] as number
    this.#sumA = from[i++] as number
    this.#sumB = from[i++] as number
    this.#told = from[i++] as number
    for (const part of this.#thingParts()) i = take(part, this.things, from, i)
    for (const part of this.#threadParts()) i = take(part, this.threads, from, i)
    for (const part of [this.#groupA, this.#groupB]) i = take(part, part.length, from, i)
    this.#newThreads.length = 0
    this.count = 0
  }

  /** What is known of sorts of things. */
  get sorts(): SavedSorts {
    return [...this.#sorts].map(([key, sort]) => [key, this.#shared[sort] === 1])
  }

  /** Know this instead, from the next run on. */
  learn(sorts: SavedSorts): void {
    this.#sorts.clear()
    this.#shared = new Uint8Array(Math.max(ENTRIES, sorts.length))
    for (const [sort, [key, isShared]] of sorts.entries()) {
      this.#sorts.set(key, sort)
      this.#shared[sort] = isShared ? 1 : 0
    }
  }

  #threadParts(): Int32Array[] {
    return [this.#threadGroup, this.#threadA, this.#threadB, this.#outsideA, this.#outsideB]
  }

  #thingParts(): Int32Array[] {
    return [this.kinds, this.groups, this.#thingA, this.#thingB, this.#sortAt, this.#toucher]
  }

  #growEntries(): void {
    this.thingAt = grown(this.thingAt)
    this.#valueAt = grown(this.#valueAt)
    const modes = new Uint8Array(this.thingAt.length)
    modes.set(this.modeAt)
    this.modeAt = modes
    const known = new Uint8Array(this.thingAt.length)
    known.set(this.#known)
    this.#known = known
  }

  #growThings(): void {
    this.kinds = grown(this.kinds)
    this.groups = grown(this.groups)
    this.#thingA = grown(this.#thingA)
    this.#thingB = grown(this.#thingB)
    this.#sortAt = grown(this.#sortAt)
    this.#toucher = grown(this.#toucher)
  }

  #growThreads(): void {
    this.#threadGroup = grown(this.#threadGroup)
    this.#threadA = grown(this.#threadA)
    this.#threadB = grown(this.#threadB)
    this.#outsideA = grown(this.#outsideA)
    this.#outsideB = grown(this.#outsideB)
  }
}

function keep(part: Int32Array, length: number, into: Int32Array, at: number): number {
  for (let i = 0; i < length; i++) into[at + i] = part[i] as number
  return at + length
}

function take(part: Int32Array, length: number, from: Int32Array, at: number): number {
  for (let i = 0; i < length; i++) part[i] = from[at + i] as number
  return at + length
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(array.length * 2)
  bigger.set(array)
  return bigger
}
