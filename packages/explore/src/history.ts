/**
 * What has happened so far in a run, as hashes: for each thread everything it observed, for each shared thing what made it what
 * it is. Two runs with equal hashes are in the same state: threads are deterministic functions of what they observed.
 *
 * A thing whose content is a small number is known by that number; any other by who wrote it, in which order, knowing
 * what. So runs also meet in one state if steps that do not conflict changed places. Identical parts of the machine may
 * be swapped: hashes hold no identities; they are summed within each group, then over the groups of a class.
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
  observes,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
  WRITE,
} from './access-mode.ts'
import { mixA, mixB } from '@barter/core'
import { Columns } from './columns.ts'
import { Discipline, EARLIER } from './discipline.ts'
import { GroupSums } from './group-sums.ts'
import { grown } from './grown.ts'
import { NamedThings } from './named-things.ts'

const START = 0x51ed270b
const VALUE = 0x2545f491
const GOT = 0x3c6ef372
const IN_LINE = 0x1f83d9ab
const BACK = 0x6a09e667
const LEFT = 0x428a2f98
/** What an ended kernel thread knows. */
const GONE = 0x5be0cd19
/** Initial size of tables; they grow. */
const ENTRIES = 32
/** Words at the head of a saved state. */
const HEAD = 3
/** Odd, so that no bit is lost. */
const PRIME = 0x01000193
const BY_HISTORY = 0
const BY_VALUE = 1
const FORGOTTEN = 2
/** Identities of threads: one for all threads of groups, and from a number on one for each thread without a group. */
const WHO_OF_GROUP = 5
const FIRST_WHO = 7
const MADE = 0x71
/** Depth of nested calls that return nothing, up to which what they learned is forgotten. */
const MOST_CALLS = 4
const NONE: Int32Array = new Int32Array()
const THING_COLUMNS = 2
const THREAD_COLUMNS = 7 + 2 * MOST_CALLS

export class History implements AccessLog {
  /** Accesses of the current step: thing and mode of each. */
  count = 0
  thingAt = new Int32Array(ENTRIES)
  modeAt = new Uint8Array(ENTRIES)
  #valueAt = new Int32Array(ENTRIES)
  #known = new Uint8Array(ENTRIES)
  /** Off while a prefix is replayed, which was heard before. */
  recording = true
  /** A digest of all accesses so far, including replayed ones: a replay has to come to the same digest. */
  #told = 0
  things = 0
  kinds = new Int32Array(ENTRIES)
  groups = new Int32Array(ENTRIES)
  /** What things are called in whatever order they are made. */
  readonly #named = new NamedThings()
  #thingA = NONE
  #thingB = NONE
  threads = 0
  #threadGroup = new Int32Array(ENTRIES)
  /** Identity of a thread without a group, by its number or its maker: tells apart threads that know the same. */
  #threadWho = new Int32Array(ENTRIES)
  #threadA = NONE
  #threadB = NONE
  /** What each thread knew before its last step, and what it saw in that step. */
  #baseA = NONE
  #baseB = NONE
  #sawA = NONE
  #sawB = NONE
  /** For each thread: the depth of calls that return nothing, and what it knew before each of them. */
  #calls = NONE
  #outsideA: readonly Int32Array[] = []
  #outsideB: readonly Int32Array[] = []
  /** Of the current step: its thread, what that knew before, as far as it remembers, and what it has seen since. */
  #thread = 0
  #knownA = 0
  #knownB = 0
  #seenA = 0
  #seenB = 0
  /** Accesses already included in what was seen, those whose changes are applied, those judged by `discipline`. */
  #learned = 0
  #changed = 0
  #judged = 0
  readonly #newThreads: NewThread[] = []
  /** There was only one thread when the step began. */
  #alone = false
  /** The thread ends with this step. */
  #isLast = false
  /** What is known about how threads share things. */
  readonly discipline: Discipline
  /** How the step that was just taken may move: bits of `Discipline`. */
  moves = 0
  readonly #groupClasses: Int32Array
  readonly #sums: GroupSums

  /** It is determined how steps may move. */
  readonly #judges: boolean
  /** States are told apart. */
  readonly #hashes: boolean
  /** What changes of things and threads; their kinds and groups do not. */
  readonly #ofThings = new Columns(THING_COLUMNS, ENTRIES)
  readonly #ofThreads = new Columns(THREAD_COLUMNS, ENTRIES)
  /** All columns, for `save`. */
  readonly #columns: readonly Columns[]

  /** **Shape** `groupClasses`: groups of one class are copies of each other. `judges`: determine how steps may move. `hashes`: tell states apart; else only accesses are heard. */
  constructor(groupClasses: readonly number[], judges: boolean, hashes = true) {
    this.#judges = judges
    this.#hashes = hashes
    this.#groupClasses = Int32Array.from(groupClasses)
    this.#sums = new GroupSums(this.#groupClasses)
    this.discipline = new Discipline(this.#groupClasses)
    const { ofThings, ofThreads } = this.discipline
    this.#columns = !hashes ? [] : [this.#ofThings, this.#ofThreads, ...(judges ? [ofThings, ofThreads] : [])]
    this.#viewThings()
    this.#viewThreads()
    this.restart()
  }

  /** Begin a run. */
  restart(): void {
    this.count = 0
    this.things = 0
    this.threads = 0
    this.recording = true
    this.#told = 0
    if (!this.#hashes) return
    this.discipline.restart()
    this.#sums.restart()
  }

  get stateA(): number {
    return this.#sums.a
  }

  get stateB(): number {
    return this.#sums.b
  }

  /** A digest of the thread and its group: equal for two threads that may be swapped for each other. */
  digestOf(thread: number): number {
    const group = this.#threadGroup[thread] as number
    const own = mixA(this.#threadA[thread] as number, this.#threadB[thread] as number)
    if (group < 0) return mixA(own, this.#threadWho[thread] as number)
    return mixA(mixA(this.#groupClasses[group] as number, own), this.#sums.ofGroup(group))
  }

  /** A digest of what the thread knows: equal for copies that know the same, and from run to run. */
  localOf(thread: number): number {
    const group = this.groupOfThread(thread)
    const own = mixA(this.#threadA[thread] as number, this.#threadB[thread] as number)
    if (this.#isGone(thread)) return own
    return mixA(own, group < 0 ? -1 - (this.#threadWho[thread] as number) : (this.#groupClasses[group] as number))
  }

  groupOfThread(thread: number): number {
    return this.#threadGroup[thread] as number
  }

  sortOf(thing: number): number {
    return this.discipline.sortOf(thing)
  }

  /** The name of each thing. */
  get nameAt(): Int32Array {
    return this.#named.nameAt
  }

  groupOf(thing: number): number {
    return this.groups[thing] as number
  }

  thing(kind: number, group: number, sort = kind): number {
    const at = this.things++
    this.#told = Math.imul(this.#told ^ kind, PRIME)
    if (!this.recording) return at
    if (at >= this.kinds.length) this.#growThings()
    this.kinds[at] = kind
    this.groups[at] = group
    this.#named.add(at, kind, group, sort)
    if (!this.#hashes) return at
    this.#thingA[at] = START
    this.#thingB[at] = START
    if (this.#judges) this.#judgeThing(at, sort, group)
    return at
  }

  /** A thread that was there from the beginning, or was made by the current step. */
  addThread(group: number): void {
    const at = this.threads++
    if (!this.#observes) return
    if (at >= this.#threadA.length) this.#growThreads()
    this.#threadGroup[at] = group
    this.#threadWho[at] = group < 0 ? at + FIRST_WHO : WHO_OF_GROUP
    this.#know(at, START, START)
    this.#calls[at] = 0
    if (this.#judges) this.#judgeThread(at)
    this.#changeThread(at, 1)
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
    this.#enter(thing, ADD, BY_VALUE, value)
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
    if (!this.#observes) return
    const thread = this.#thread
    this.#remember(this.#baseA[thread] as number, this.#baseB[thread] as number)
    this.#seenA = this.#sawA[thread] as number
    this.#seenB = this.#sawB[thread] as number
  }

  visits(): void {
    if (!this.#observes) return
    this.#catchUp()
    const thread = this.#thread
    const call = this.#calls[thread] as number
    this.#calls[thread] = call + 1
    // What deeper calls learn is not forgotten.
    if (call >= MOST_CALLS) return
    intAt(this.#outsideA, call)[thread] = mixA(this.#knownA, this.#seenA)
    intAt(this.#outsideB, call)[thread] = mixB(this.#knownB, this.#seenB)
  }

  returns(): void {
    if (!this.#observes) return
    this.#catchUp()
    const thread = this.#thread
    const call = (this.#calls[thread] as number) - 1
    this.#calls[thread] = call
    if (call >= MOST_CALLS) return
    // Else it would know as much as at a place inside.
    const a = intAt(this.#outsideA, call)[thread] as number
    const b = intAt(this.#outsideB, call)[thread] as number
    this.#remember(mixA(a, BACK), mixB(b, BACK))
  }

  reorders(order: number): void {
    // The digest of a replay must not depend on what has been learned about the order.
    if (!this.recording || (this.#judges && !this.discipline.isOrdered(order))) return
    this.#enter(order, WRITE, BY_HISTORY, 0)
  }

  beginsRound(order: number): void {
    if (!this.recording) return
    if (!this.#judges) {
      this.#enter(order, READ, BY_HISTORY, 0)
      return
    }
    this.#judge()
    if (this.discipline.beginRound(this.#thread, order)) this.#enter(order, READ, BY_HISTORY, 0)
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
    if (!this.#observes) return
    this.#catchUp()
    this.#remember(mixA(START, value), mixB(START, value))
  }

  /** Who looks at its fence sees only that it is over, which follows from its being gone. */
  ends(fence: number): void {
    this.#told = Math.imul(this.#told ^ fence, PRIME)
    if (!this.#observes) return
    this.#catchUp()
    this.#changeThing(fence, -1)
    this.#thingA[fence] = START
    this.#thingB[fence] = START
    this.#isLast = true
  }

  spawned(thread: number): void {
    if (!this.#observes) return
    // By the end of the step its maker may have forgotten what it knows now.
    this.#learn()
    this.#newThreads.push({ thread, a: mixA(this.#knownA, this.#seenA), b: mixB(this.#knownB, this.#seenB) })
    // What its maker does next may come after what it does.
    if (this.#judges) this.moves |= EARLIER
  }

  beginStep(thread: number): void {
    this.#alone = this.threads === 1
    this.count = 0
    if (!this.#hashes) return
    // Threads that were there before the first step were made by nobody.
    this.#newThreads.length = 0
    if (!this.recording) return
    this.#thread = thread
    this.#learned = 0
    this.#changed = 0
    this.#judged = 0
    this.#isLast = false
    this.moves = 0
    if (this.#judges) this.discipline.beginStep(thread)
    this.#remember(this.#threadA[thread] as number, this.#threadB[thread] as number)
  }

  /** The step is over: what it observed becomes part of its thread, what it changed part of the things. */
  endStep(thread: number): void {
    if (!this.#observes) return
    this.#judge()
    if (this.#judges) this.discipline.endStep(thread, this.thingAt, this.modeAt, this.count)
    this.#catchUp()
    let a = mixA(this.#knownA, this.#seenA)
    let b = mixB(this.#knownB, this.#seenB)
    // It stands in line; once it goes on, it is as if it never had.
    if (this.count > 0 && this.modeAt[this.count - 1] === COMES) {
      a = mixA(a, IN_LINE)
      b = mixB(b, IN_LINE)
    }
    if (this.#newThreads.length > 0) this.#bearAll(thread)
    this.#changeThread(thread, -1)
    this.#baseA[thread] = this.#knownA
    this.#baseB[thread] = this.#knownB
    this.#sawA[thread] = this.#seenA
    this.#sawB[thread] = this.#seenB
    this.#threadA[thread] = this.#isLast ? GONE : a
    this.#threadB[thread] = this.#isLast ? GONE : b
    this.#changeThread(thread, 1)
  }

  /** From here on the running thread knows this, and what it will see. */
  #remember(a: number, b: number): void {
    this.#knownA = a
    this.#knownB = b
    this.#seenA = 0
    this.#seenB = 0
  }

  /** Apply what the step did so far: first what it saw, then what it changed, knowing that. */
  #catchUp(): void {
    this.#learn()
    const a = mixA(this.#knownA, this.#seenA)
    const b = mixB(this.#knownB, this.#seenB)
    for (; this.#changed < this.count; this.#changed++) this.#changeBy(this.#changed, a, b)
  }

  /** Take in what the step saw so far. */
  #learn(): void {
    for (; this.#learned < this.count; this.#learned++) this.#see(this.#learned)
  }

  #see(i: number): void {
    const known = this.#known[i]
    const mode = this.modeAt[i] as Mode
    // A thread behind a fence is not one before it.
    if (mode === WAITED || this.#gotWhatItTried(i)) {
      const kind = this.kinds[this.thingAt[i] as number] as number
      this.#seenA = (this.#seenA + mixA(kind, GOT)) | 0
      this.#seenB = (this.#seenB + mixB(kind, GOT)) | 0
    }
    if (!observes(mode) || known === FORGOTTEN || (known === BY_VALUE && mode === WRITE)) return
    const thing = this.thingAt[i] as number
    const kind = this.kinds[thing] as number
    if (known === BY_VALUE) {
      const value = this.#valueAt[i] as number
      this.#seenA = (this.#seenA + mixA(mixA(kind, VALUE), value)) | 0
      this.#seenB = (this.#seenB + mixB(mixB(kind, VALUE), value)) | 0
    } else {
      this.#seenA = (this.#seenA + mixA(kind, this.#thingA[thing] as number)) | 0
      this.#seenB = (this.#seenB + mixB(kind, this.#thingB[thing] as number)) | 0
    }
  }

  /** A thread that tried a lock knows whether it got it; one that waited for it got it in any case. */
  #gotWhatItTried(i: number): boolean {
    const mode = this.modeAt[i]
    if (i === 0 || (mode !== ACQUIRE && mode !== ACQUIRE_SHARED)) return false
    return this.modeAt[i - 1] === TRIED && this.thingAt[i - 1] === this.thingAt[i]
  }

  /** Determine how the step may move, from what it did so far. */
  #judge(): void {
    if (!this.#judges) return
    for (; this.#judged < this.count; this.#judged++) {
      const thing = this.thingAt[this.#judged] as number
      this.moves |= this.discipline.touch(this.#thread, thing, this.modeAt[this.#judged] as Mode, this.#alone)
    }
  }

  #changeBy(i: number, a: number, b: number): void {
    const mode = this.modeAt[i] as Mode
    if (mode !== WRITE && mode !== ADD && mode !== NOTED) return
    const thing = this.thingAt[i] as number
    this.#changeThing(thing, -1)
    if (this.#known[i] === BY_VALUE) {
      const value = this.#valueAt[i] as number
      this.#thingA[thing] = mixA(VALUE, value)
      this.#thingB[thing] = mixB(VALUE, value)
    } else {
      this.#addToHistory(thing, mode, a, b)
    }
    this.#changeThing(thing, 1)
  }

  /** Who writes is not seen in what it knows: it may have forgotten what it saw when others wrote. */
  #addToHistory(thing: number, mode: Mode, knownA: number, knownB: number): void {
    const group = this.#threadGroup[this.#thread] as number
    const who = group < 0 ? (this.#threadWho[this.#thread] as number) : -1 - (this.#groupClasses[group] as number)
    let a = mixA(knownA, who)
    let b = mixB(knownB, who)
    if (mode === WRITE) {
      this.#thingA[thing] = a = mixA(this.#thingA[thing] as number, a)
      this.#thingB[thing] = b = mixB(this.#thingB[thing] as number, b)
    } else {
      this.#thingA[thing] = ((this.#thingA[thing] as number) + mixA(ADD, a)) | 0
      this.#thingB[thing] = ((this.#thingB[thing] as number) + mixB(ADD, b)) | 0
    }
    // Of copies, which of them it was.
    if (group < 0 || group === this.groups[thing]) return
    const kind = mixA(this.kinds[thing] as number, LEFT)
    this.#sums.change(group, 1, mixA(kind, a), mixB(kind, b))
  }

  #bearAll(maker: number): void {
    const all = this.#newThreads
    for (const [i, { thread, a, b }] of all.entries()) {
      // Threads made by one step may do different things, so they are numbered, within each group.
      const group = this.groupOfThread(thread)
      let before = 0
      for (let j = 0; j < i; j++) if (this.groupOfThread((all[j] as NewThread).thread) === group) before++
      this.#bear(thread, maker, mixA(a, before), mixB(b, before))
    }
    all.length = 0
  }

  /** A thread knows what its maker knew; without a group, its identity comes from its maker. */
  #bear(thread: number, maker: number, a: number, b: number): void {
    this.#changeThread(thread, -1)
    const ofMaker = this.#threadGroup[maker] as number
    if (this.groupOfThread(thread) < 0) {
      this.#threadWho[thread] = mixA(MADE, ofMaker < 0 ? (this.#threadWho[maker] as number) : -1 - ofMaker)
    }
    this.#know(thread, mixA(START, a), mixB(START, b))
    this.#changeThread(thread, 1)
    if (this.#judges) this.discipline.bear(thread, maker)
  }

  #know(thread: number, a: number, b: number): void {
    this.#threadA[thread] = a
    this.#threadB[thread] = b
    this.#baseA[thread] = a
    this.#baseB[thread] = b
    this.#sawA[thread] = 0
    this.#sawB[thread] = 0
  }

  #ask(thing: number): void {
    if (this.#looks) this.discipline.asks(thing)
  }

  #note(thing: number, mode: Mode, known = BY_HISTORY, value = 0): void {
    this.#told = Math.imul(this.#told ^ (thing * 16 + mode + value), PRIME)
    if (this.recording) this.#enter(thing, mode, known, value)
  }

  #enter(thing: number, mode: Mode, known: number, value: number): void {
    const at = this.count++
    if (at >= this.thingAt.length) this.#growEntries()
    this.thingAt[at] = thing
    this.modeAt[at] = mode
    this.#known[at] = known
    this.#valueAt[at] = value
  }

  /** A thing that nobody has changed yet does not count: threads that know of it know that it exists. */
  #changeThing(thing: number, sign: number): void {
    if (this.#thingA[thing] === START && this.#thingB[thing] === START) return
    const kind = this.kinds[thing] as number
    const a = mixA(mixA(kind, 3), this.#thingA[thing] as number)
    const b = mixB(mixB(kind, 3), this.#thingB[thing] as number)
    this.#sums.change(this.groups[thing] as number, sign, a, b)
  }

  #changeThread(thread: number, sign: number): void {
    if (this.#isGone(thread)) return
    const group = this.#threadGroup[thread] as number
    const who = this.#threadWho[thread] as number
    const a = mixA(who, this.#threadA[thread] as number)
    const b = mixB(who, this.#threadB[thread] as number)
    this.#sums.change(group, sign, a, b)
  }

  #isGone(thread: number): boolean {
    return this.#threadA[thread] === GONE && this.#threadB[thread] === GONE
  }

  #judgeThing(thing: number, sort: number, group: number): void {
    this.discipline.addThing(thing, sort, group)
  }

  #judgeThread(thread: number): void {
    this.discipline.addThread(thread)
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    if (!this.#hashes) return HEAD
    return this.#columns.reduce((sum, columns) => sum + columns.savedLength, HEAD + this.#sums.savedLength)
  }

  /** Copy the state to `at` of `into`, to be restored when the search returns to this place. */
  save(into: Int32Array, at: number): void {
    let i = at
    into[i++] = this.things
    into[i++] = this.threads
    into[i++] = this.#told
    if (!this.#hashes) return
    i = this.#sums.save(into, i)
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
    this.count = 0
    if (!this.#hashes) return i
    i = this.#sums.restore(from, i)
    for (const columns of this.#columns) i = columns.restore(from, i)
    this.#newThreads.length = 0
    if (this.#judges) this.discipline.restored(this.things, this.threads)
    return i
  }

  #viewThings(): void {
    const [thingA = NONE, thingB = NONE] = this.#ofThings.views
    this.#thingA = thingA
    this.#thingB = thingB
  }

  #viewThreads(): void {
    const [threadA = NONE, threadB = NONE, baseA = NONE, baseB = NONE, sawA = NONE, sawB = NONE, ...rest] =
      this.#ofThreads.views
    const [calls = NONE, ...outside] = rest
    this.#threadA = threadA
    this.#threadB = threadB
    this.#baseA = baseA
    this.#baseB = baseB
    this.#sawA = sawA
    this.#sawB = sawB
    this.#calls = calls
    this.#outsideA = outside.slice(0, MOST_CALLS)
    this.#outsideB = outside.slice(MOST_CALLS)
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
    this.#ofThings.grow()
    this.#viewThings()
  }

  #growThreads(): void {
    this.#threadGroup = grown(this.#threadGroup)
    this.#threadWho = grown(this.#threadWho)
    this.#ofThreads.grow()
    this.#viewThreads()
  }
}

/** A thread that the current step has made, and what the step knew then. */
interface NewThread {
  readonly thread: number
  readonly a: number
  readonly b: number
}

const intAt = (parts: readonly Int32Array[], i: number): Int32Array => parts[i] as Int32Array
