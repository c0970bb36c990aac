/**
 * What threads know and what things are, as hashes. Two runs with equal hashes are in the same state: threads are deterministic
 * functions of what they observed.
 *
 * A thing whose content is a small number is known by that number; any other by who wrote it, in which order, knowing
 * what. So runs also meet in one state if steps that do not conflict changed places. Identical parts of the machine may
 * be swapped: hashes hold no identities; they are summed within each group, then over the groups of a class.
 */
import { mixA, mixB } from '@barter/core'
import { ACQUIRE, ACQUIRE_SHARED, ADD, COMES, type Mode, NOTED, observes, TRIED, WAITED, WRITE } from './access-mode.ts'
import { Columns } from './columns.ts'
import { GroupSums } from './group-sums.ts'
import { grown } from './grown.ts'
import { BY_VALUE, FORGOTTEN, type StepAccesses } from './step-accesses.ts'

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
/** Identities of threads: one for all threads of groups, and from a number on one for each thread without a group. */
const WHO_OF_GROUP = 5
const FIRST_WHO = 7
const MADE = 0x71
/** Depth of nested calls that return nothing, up to which what they learned is forgotten. */
const MOST_CALLS = 4
const NONE: Int32Array = new Int32Array()
const THING_COLUMNS = 2
const THREAD_COLUMNS = 7 + 2 * MOST_CALLS

export class StateHashes {
  readonly #step: StepAccesses
  readonly #groupClasses: Int32Array
  readonly #sums: GroupSums
  #kinds = new Int32Array(ENTRIES)
  #groups = new Int32Array(ENTRIES)
  #thingA = NONE
  #thingB = NONE
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
  /** Accesses already included in what was seen, and those whose changes are applied. */
  #learned = 0
  #changed = 0
  /** Threads that the current step has made. */
  readonly newThreads: NewThread[] = []
  /** The thread ends with this step. */
  #isLast = false
  /** What changes of things and threads; their kinds and groups do not. */
  readonly #ofThings = new Columns(THING_COLUMNS, ENTRIES)
  readonly #ofThreads = new Columns(THREAD_COLUMNS, ENTRIES)

  /** **Shape** `groupClasses`: groups of one class are copies of each other. `step`: what the current step touched so far. */
  constructor(groupClasses: Int32Array, step: StepAccesses) {
    this.#step = step
    this.#groupClasses = groupClasses
    this.#sums = new GroupSums(groupClasses)
    this.#viewThings()
    this.#viewThreads()
  }

  /** Begin a run. */
  restart(): void {
    this.#sums.restart()
  }

  get a(): number {
    return this.#sums.a
  }

  get b(): number {
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
    const group = this.#threadGroup[thread] as number
    const own = mixA(this.#threadA[thread] as number, this.#threadB[thread] as number)
    if (this.#isGone(thread)) return own
    return mixA(own, group < 0 ? -1 - (this.#threadWho[thread] as number) : (this.#groupClasses[group] as number))
  }

  groupOfThread(thread: number): number {
    return this.#threadGroup[thread] as number
  }

  groupOf(thing: number): number {
    return this.#groups[thing] as number
  }

  addThing(thing: number, kind: number, group: number): void {
    if (thing >= this.#kinds.length) this.#growThings()
    this.#kinds[thing] = kind
    this.#groups[thing] = group
    this.#thingA[thing] = START
    this.#thingB[thing] = START
  }

  addThread(thread: number, group: number): void {
    if (thread >= this.#threadA.length) this.#growThreads()
    this.#threadGroup[thread] = group
    this.#threadWho[thread] = group < 0 ? thread + FIRST_WHO : WHO_OF_GROUP
    this.#know(thread, START, START)
    this.#calls[thread] = 0
    this.#changeThread(thread, 1)
  }

  beginStep(thread: number): void {
    this.#thread = thread
    this.#learned = 0
    this.#changed = 0
    this.#isLast = false
    this.#remember(this.#threadA[thread] as number, this.#threadB[thread] as number)
  }

  /** Threads that were there before the first step were made by nobody. */
  forgetNew(): void {
    this.newThreads.length = 0
  }

  resumes(): void {
    const thread = this.#thread
    this.#remember(this.#baseA[thread] as number, this.#baseB[thread] as number)
    this.#seenA = this.#sawA[thread] as number
    this.#seenB = this.#sawB[thread] as number
  }

  visits(): void {
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

  /** It knows this from here on, and nothing else. */
  settles(value: number): void {
    this.#catchUp()
    this.#remember(mixA(START, value), mixB(START, value))
  }

  /** Who looks at its fence sees only that it is over, which follows from its being gone. */
  ends(fence: number): void {
    this.#catchUp()
    this.#changeThing(fence, -1)
    this.#thingA[fence] = START
    this.#thingB[fence] = START
    this.#isLast = true
  }

  spawned(thread: number): void {
    // By the end of the step its maker may have forgotten what it knows now.
    this.#learn()
    this.newThreads.push({ thread, a: mixA(this.#knownA, this.#seenA), b: mixB(this.#knownB, this.#seenB) })
  }

  /** The step is over: what it observed becomes part of its thread, what it changed part of the things. */
  endStep(thread: number): void {
    const { count, modeAt } = this.#step
    this.#catchUp()
    let a = mixA(this.#knownA, this.#seenA)
    let b = mixB(this.#knownB, this.#seenB)
    // It stands in line; once it goes on, it is as if it never had.
    if (count > 0 && modeAt[count - 1] === COMES) {
      a = mixA(a, IN_LINE)
      b = mixB(b, IN_LINE)
    }
    if (this.newThreads.length > 0) this.#bearAll(thread)
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
    for (; this.#changed < this.#step.count; this.#changed++) this.#changeBy(this.#changed, a, b)
  }

  /** Take in what the step saw so far. */
  #learn(): void {
    for (; this.#learned < this.#step.count; this.#learned++) this.#see(this.#learned)
  }

  #see(i: number): void {
    const known = this.#step.knownAt[i]
    const mode = this.#step.modeAt[i] as Mode
    // A thread behind a fence is not one before it.
    if (mode === WAITED || this.#gotWhatItTried(i)) {
      const kind = this.#kinds[this.#step.thingAt[i] as number] as number
      this.#seenA = (this.#seenA + mixA(kind, GOT)) | 0
      this.#seenB = (this.#seenB + mixB(kind, GOT)) | 0
    }
    if (!observes(mode) || known === FORGOTTEN || (known === BY_VALUE && mode === WRITE)) return
    const thing = this.#step.thingAt[i] as number
    const kind = this.#kinds[thing] as number
    if (known === BY_VALUE) {
      const value = this.#step.valueAt[i] as number
      this.#seenA = (this.#seenA + mixA(mixA(kind, VALUE), value)) | 0
      this.#seenB = (this.#seenB + mixB(mixB(kind, VALUE), value)) | 0
    } else {
      this.#seenA = (this.#seenA + mixA(kind, this.#thingA[thing] as number)) | 0
      this.#seenB = (this.#seenB + mixB(kind, this.#thingB[thing] as number)) | 0
    }
  }

  /** A thread that tried a lock knows whether it got it; one that waited for it got it in any case. */
  #gotWhatItTried(i: number): boolean {
    const mode = this.#step.modeAt[i]
    if (i === 0 || (mode !== ACQUIRE && mode !== ACQUIRE_SHARED)) return false
    return this.#step.modeAt[i - 1] === TRIED && this.#step.thingAt[i - 1] === this.#step.thingAt[i]
  }

  #changeBy(i: number, a: number, b: number): void {
    const mode = this.#step.modeAt[i] as Mode
    if (mode !== WRITE && mode !== ADD && mode !== NOTED) return
    const thing = this.#step.thingAt[i] as number
    this.#changeThing(thing, -1)
    if (this.#step.knownAt[i] === BY_VALUE) {
      const value = this.#step.valueAt[i] as number
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
    if (group < 0 || group === this.#groups[thing]) return
    const kind = mixA(this.#kinds[thing] as number, LEFT)
    this.#sums.change(group, 1, mixA(kind, a), mixB(kind, b))
  }

  #bearAll(maker: number): void {
    const all = this.newThreads
    for (const [i, { thread, a, b }] of all.entries()) {
      // Threads made by one step may do different things, so they are numbered, within each group.
      const group = this.#threadGroup[thread] as number
      let before = 0
      for (let j = 0; j < i; j++) if (this.#threadGroup[(all[j] as NewThread).thread] === group) before++
      this.#bear(thread, maker, mixA(a, before), mixB(b, before))
    }
    all.length = 0
  }

  /** A thread knows what its maker knew; without a group, its identity comes from its maker. */
  #bear(thread: number, maker: number, a: number, b: number): void {
    this.#changeThread(thread, -1)
    const ofMaker = this.#threadGroup[maker] as number
    if ((this.#threadGroup[thread] as number) < 0) {
      this.#threadWho[thread] = mixA(MADE, ofMaker < 0 ? (this.#threadWho[maker] as number) : -1 - ofMaker)
    }
    this.#know(thread, mixA(START, a), mixB(START, b))
    this.#changeThread(thread, 1)
  }

  #know(thread: number, a: number, b: number): void {
    this.#threadA[thread] = a
    this.#threadB[thread] = b
    this.#baseA[thread] = a
    this.#baseB[thread] = b
    this.#sawA[thread] = 0
    this.#sawB[thread] = 0
  }

  /** A thing that nobody has changed yet does not count: threads that know of it know that it exists. */
  #changeThing(thing: number, sign: number): void {
    if (this.#thingA[thing] === START && this.#thingB[thing] === START) return
    const kind = this.#kinds[thing] as number
    const a = mixA(mixA(kind, 3), this.#thingA[thing] as number)
    const b = mixB(mixB(kind, 3), this.#thingB[thing] as number)
    this.#sums.change(this.#groups[thing] as number, sign, a, b)
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

  /** Words that `save` needs. */
  get savedLength(): number {
    return this.#sums.savedLength + this.#ofThings.savedLength + this.#ofThreads.savedLength
  }

  /** **Shape** gives the index behind what it wrote. */
  save(into: Int32Array, at: number): number {
    return this.#ofThreads.save(into, this.#ofThings.save(into, this.#sums.save(into, at)))
  }

  /** **Shape** gives the index behind what it read. */
  restore(from: Int32Array, at: number): number {
    this.newThreads.length = 0
    return this.#ofThreads.restore(from, this.#ofThings.restore(from, this.#sums.restore(from, at)))
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

  #growThings(): void {
    this.#kinds = grown(this.#kinds)
    this.#groups = grown(this.#groups)
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
