/**
 * A model of a run that does not run it: for each thread a hash of what it knows and where it stands, for each thing what it is
 * like, and who holds which lock. Steps from memory are applied to it, and told; it can be put back to an earlier place.
 */
import { type AccessLog, mixA, mixB } from '@barter/core'
import { grown } from './grown.ts'
import { keyOf } from './key-of.ts'
import { QuietCalls } from './quiet-calls.ts'
import {
  ADDS,
  ADDS_VALUE,
  BEGINS_ROUND,
  CHANGES_BY,
  COMES_TO,
  COUNTS_VALUE,
  DROPS,
  ENDS,
  ENTERS_TURN,
  GIVES_BACK,
  GOES_ON,
  HAS_WAITED,
  HEEDS,
  isOfThing,
  LEAVES_ONE,
  LEAVES_TURN,
  NOTES_VALUE,
  READS,
  READS_HERE,
  READS_VALUE,
  REORDERS,
  RETURNS,
  SETTLES,
  SIGNALS,
  SPAWNS,
  TAKES,
  THING,
  toldAfter,
  TRIES,
  VISITS,
  WORDS,
  WRITES,
  WRITES_VALUE,
} from './recorder.ts'
import { Standings } from './standings.ts'
import type { Contents, Newborn, RememberedStep } from './step-memory.ts'
import { NamedThings } from './named-things.ts'
import type { ThingNames } from './thing-names.ts'

const START = 0x2c1b3c6d
const VALUE = 0x297a2d39
const ENTRIES = 64
/** The maker of threads that are there from the beginning. */
const MACHINE = 17
const STEP = 0x1d
const BACK = 0x2b
/** Words of a saved place: at its head, for each thing, for each thread. */
const HEAD = 5
const PER_THING = 3
const PER_THREAD = 4
const TWO_32 = 2 ** 32

export class RunModel implements Contents {
  readonly #log: AccessLog
  readonly #named: NamedThings
  #things = 0
  #now = 0
  #told = 0
  /** For each thing: two words for its content, and its holder: thread + 1, or minus the number of readers; 1 for a fence that is over. */
  #thingA = new Int32Array(ENTRIES)
  #thingB = new Int32Array(ENTRIES)
  #held = new Int32Array(ENTRIES)
  readonly #standings = new Standings()
  /** For each thread: its name, its group, two words for what it knows. */
  #threadName = new Int32Array(ENTRIES)
  #group = new Int32Array(ENTRIES)
  #threadA = new Int32Array(ENTRIES)
  #threadB = new Int32Array(ENTRIES)
  /** A digest of everything it made in the current call: what it writes may be about that. */
  #made = new Int32Array(ENTRIES)
  /** How many threads each has made. */
  #children = new Int32Array(ENTRIES)
  readonly #calls = new QuietCalls()

  /** What the current step knew when it made its first thread, its second, ... */
  readonly #bornA: number[] = []
  readonly #bornB: number[] = []

  constructor(log: AccessLog, names: ThingNames) {
    this.#log = log
    this.#named = new NamedThings(names)
  }

  get threads(): number {
    return this.#standings.threads
  }

  /** A digest of everything told so far. */
  get told(): number {
    return this.#told
  }

  /** Begin a run, which tells this. */
  begin({ words, born }: Pick<RememberedStep, 'words' | 'born'>): void {
    this.#things = 0
    this.#standings.threads = 0
    // As if the set-up had been a step, which is over at tick 0.
    this.#now = -1
    this.#told = 0
    this.#apply(-1, words, 0)
    this.#bear(-1, born, 0)
    this.#now = 0
  }

  /** Apply a step of `thread`. */
  take(thread: number, { words, standing, born }: RememberedStep): void {
    const things = this.#things
    this.#now = this.#standings.timeAfter(thread, this.#now)
    this.#apply(thread, words, things)
    this.#stand(thread, standing, things)
    this.#bear(thread, born, things)
    this.#now++
  }

  /** A digest of what `thread` knows. */
  keyOf(thread: number): number {
    return keyOf(this.#threadA[thread] as number, this.#threadB[thread] as number)
  }

  /** The name of a thing, as in the words of a step that begins here. */
  nameOf(thing: number): number {
    return thing < this.#things ? (this.#named.nameAt[thing] as number) : this.#things - thing - 1
  }

  /** It is there already. */
  has(thing: number): boolean {
    return thing < this.#things
  }

  numberOf(name: number): number {
    return this.#named.find(name, this.#things)
  }

  contentA(thing: number): number {
    return this.#thingA[thing] as number
  }

  contentB(thing: number): number {
    return this.#thingB[thing] as number
  }

  countOf(thing: number): number | undefined {
    const count = this.#thingB[thing] as number
    return this.#thingA[thing] === mixA(VALUE, count) ? count : undefined
  }

  canTake(lock: number): boolean {
    return this.#held[lock] === 0
  }

  canRun(thread: number): boolean {
    return this.#standings.canRun(thread, this.#held)
  }

  hasEnded(thread: number): boolean {
    return this.#standings.hasEnded(thread)
  }

  /** The lock that it waits for; -1 for none. */
  lockOf(thread: number): number {
    return this.#standings.lockOf(thread, this.#held)
  }

  wantsShared(thread: number): boolean {
    return this.#standings.wantsShared(thread)
  }

  /** The fence that it waits for; -1 for none. */
  fenceOf(thread: number): number {
    return this.#standings.fenceOf(thread, this.#held)
  }

  /** Who holds the lock that it waits for; -1 for nobody, or several. */
  holderOf(thread: number): number {
    const lock = this.lockOf(thread)
    return lock < 0 ? -1 : Math.max(this.#held[lock] as number, 0) - 1
  }

  groupOf(thread: number): number {
    return this.#group[thread] as number
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    const { threads } = this
    const ofThreads = PER_THREAD * threads + this.#standings.savedLength + this.#calls.savedLength(threads)
    return HEAD + PER_THING * this.#things + ofThreads
  }

  /** Copy the state to `at` of `into`. */
  save(into: Int32Array, at: number): void {
    let i = at
    into[i++] = this.#things
    into[i++] = this.threads
    into[i++] = this.#told
    into[i++] = Math.floor(this.#now / TWO_32)
    into[i++] = this.#now % TWO_32
    i = this.#calls.save(into, this.#standings.save(into, i), this.threads)
    for (let n = 0; n < this.#things; n++) {
      into[i++] = this.#thingA[n] as number
      into[i++] = this.#thingB[n] as number
      into[i++] = this.#held[n] as number
    }
    for (let n = 0; n < this.threads; n++) {
      into[i++] = this.#threadA[n] as number
      into[i++] = this.#threadB[n] as number
      into[i++] = this.#made[n] as number
      into[i++] = this.#children[n] as number
    }
  }

  /** Go back to a place on the current path. */
  restore(from: Int32Array, at: number): void {
    let i = at
    this.#things = from[i++] as number
    const threads = from[i++] as number
    this.#told = from[i++] as number
    this.#now = (from[i++] as number) * TWO_32
    this.#now += (from[i++] as number) >>> 0
    i = this.#calls.restore(from, this.#standings.restore(from, i, threads), threads)
    for (let n = 0; n < this.#things; n++) {
      this.#thingA[n] = from[i++] as number
      this.#thingB[n] = from[i++] as number
      this.#held[n] = from[i++] as number
    }
    this.#named.restored(this.#things)
    for (let n = 0; n < threads; n++) {
      this.#threadA[n] = from[i++] as number
      this.#threadB[n] = from[i++] as number
      this.#made[n] = from[i++] as number
      this.#children[n] = from[i++] as number
    }
  }

  /** Apply and tell the words of a step. **Shape** `things`: how many there were before it. */
  #apply(thread: number, words: Int32Array, things: number): void {
    const log = this.#log
    let knownA = thread < 0 ? START : (this.#threadA[thread] as number)
    let knownB = thread < 0 ? START : (this.#threadB[thread] as number)
    let told = this.#told
    for (let i = 0; i < words.length; i += WORDS) {
      let what = words[i] as number
      const a = words[i + 1] as number
      let b = words[i + 2] as number
      const c = words[i + 3] as number
      if (what === THING) {
        told = toldAfter(told, what, a, b, c)
        const word = this.#make(a, b, c)
        knownA = mixA(knownA, word)
        knownB = mixB(knownB, word)
        if (thread >= 0) this.#made[thread] = mixA(this.#made[thread] as number, word)
        log.thing(a, b, c)
        continue
      }
      if (!isOfThing(what)) {
        const value = what === SPAWNS ? b + this.threads : b
        told = toldAfter(told, what, a, value, c)
        switch (what) {
          case GOES_ON:
            log.resumes()
            break
          case VISITS:
            log.visits()
            if (this.#calls.enter(thread, knownA, knownB, this.#made[thread] as number)) this.#made[thread] = 0
            break
          case RETURNS: {
            log.returns()
            const call = this.#calls.leave(thread)
            if (call < 0) break
            // Else it would know as much as at a place inside.
            knownA = mixA(this.#calls.knownA(call), BACK)
            knownB = mixB(this.#calls.knownB(call), BACK)
            this.#made[thread] = this.#calls.made(call)
            break
          }
          case SETTLES:
            log.settles(b)
            if (thread >= 0) this.#made[thread] = 0
            break
          default:
            log.spawned(value)
            // By the end of the step its maker may have forgotten what it knows now.
            this.#bornA[b] = knownA
            this.#bornB[b] = knownB
        }
        continue
      }
      const thing = a < 0 ? things - 1 - a : this.numberOf(a)
      if (what === CHANGES_BY) {
        what = b
        b = (this.#thingB[thing] as number) + c
      }
      told = toldAfter(told, what, thing, b, c)
      switch (what) {
        case READS:
          log.read(thing)
          knownA = mixA(knownA, this.#thingA[thing] as number)
          knownB = mixB(knownB, this.#thingB[thing] as number)
          break
        case READS_HERE:
          log.readHere(thing)
          knownA = mixA(knownA, this.#thingA[thing] as number)
          knownB = mixB(knownB, this.#thingB[thing] as number)
          break
        case READS_VALUE:
          log.readValue(thing, b)
          // Which thing it is counts, too: a step that has counted one more, say, tells no look.
          knownA = mixA(mixA(knownA, this.#named.wordOf(thing)), b)
          knownB = mixB(mixB(knownB, this.#named.wordOf(thing)), b)
          break
        case WRITES:
          log.write(thing)
          knownA = mixA(knownA, this.#thingA[thing] as number)
          knownB = mixB(knownB, this.#thingB[thing] as number)
          this.#thingA[thing] = mixA(this.#thingA[thing] as number, knownA)
          this.#thingB[thing] = mixB(this.#thingB[thing] as number, knownB)
          break
        case ADDS:
          log.add(thing)
          this.#thingA[thing] = ((this.#thingA[thing] as number) + mixA(ADDS, knownA)) | 0
          this.#thingB[thing] = ((this.#thingB[thing] as number) + mixB(ADDS, knownB)) | 0
          break
        case WRITES_VALUE: {
          log.writeValue(thing, b)
          const made = thread < 0 ? 0 : (this.#made[thread] as number)
          this.#thingA[thing] = mixA(mixA(VALUE, b), made)
          this.#thingB[thing] = mixB(mixB(VALUE, b), made)
          break
        }
        case ADDS_VALUE:
          log.addValue(thing, b, c)
          this.#countTo(thing, b)
          break
        case NOTES_VALUE:
          log.noteValue(thing, b, c)
          this.#countTo(thing, b)
          break
        case COUNTS_VALUE:
          log.countValue(thing, b, c)
          this.#countTo(thing, b)
          break
        case DROPS:
          log.drops(thing)
          break
        case LEAVES_ONE:
          log.leavesOne(thing)
          break
        case HEEDS:
          log.heeds(thing)
          break
        case TAKES:
          log.acquire(thing, b === 1)
          this.#held[thing] = b === 1 ? (this.#held[thing] as number) - 1 : thread + 1
          break
        case GIVES_BACK:
          log.release(thing)
          this.#held[thing] = (this.#held[thing] as number) < 0 ? (this.#held[thing] as number) + 1 : 0
          break
        case TRIES:
          log.tried(thing)
          knownA = mixA(knownA, this.#held[thing] === 0 ? 1 : 0)
          break
        case COMES_TO:
          log.comes(thing)
          knownA = mixA(knownA, this.#held[thing] === 0 ? 1 : 0)
          break
        case HAS_WAITED:
          log.waited(thing)
          // It is behind the fence, which is another place than before it.
          knownA = mixA(knownA, this.#named.wordOf(thing))
          knownB = mixB(knownB, this.#named.wordOf(thing))
          break
        case SIGNALS:
          log.signalled(thing)
          this.#held[thing] = 1
          break
        case ENDS:
          log.ends(thing)
          break
        case REORDERS:
          log.reorders(thing)
          this.#thingA[thing] = mixA(this.#thingA[thing] as number, knownA)
          this.#thingB[thing] = mixB(this.#thingB[thing] as number, knownB)
          break
        case BEGINS_ROUND:
          log.beginsRound(thing)
          knownA = mixA(knownA, this.#thingA[thing] as number)
          knownB = mixB(knownB, this.#thingB[thing] as number)
          break
        case ENTERS_TURN:
          log.entersTurn(thing)
          break
        case LEAVES_TURN:
          log.leavesTurn(thing)
          break
      }
    }
    this.#told = told
    if (thread < 0) return
    // The next step begins at another place than this one, even if it saw nothing.
    this.#threadA[thread] = mixA(knownA, STEP)
    this.#threadB[thread] = mixB(knownB, STEP)
  }

  /** The content is a number now, and the second word is that. */
  #countTo(thing: number, count: number): void {
    this.#thingA[thing] = mixA(VALUE, count)
    this.#thingB[thing] = count
  }

  /** **Shape** gives what digests take for its name. */
  #make(kind: number, group: number, sort: number): number {
    const thing = this.#things++
    if (thing >= this.#thingA.length) this.#growThings()
    this.#thingA[thing] = START
    this.#thingB[thing] = START
    this.#held[thing] = 0
    this.#named.add(thing, kind, group, sort)
    return this.#named.wordOf(thing)
  }

  #stand(thread: number, standing: RememberedStep['standing'], things: number): void {
    const { thing } = standing
    this.#standings.stand(thread, standing, thing < 0 ? things - 1 - thing : this.numberOf(thing), this.#now)
  }

  #bear(maker: number, born: readonly Newborn[], things: number): void {
    for (let i = 0; i < born.length; i++) {
      const { group, standing } = born[i] as Newborn
      const thread = this.#standings.add(standing.isHardware)
      if (thread >= this.#threadName.length) this.#growThreads()
      const child = maker < 0 ? thread : (this.#children[maker] as number)
      if (maker >= 0) this.#children[maker] = child + 1
      this.#threadName[thread] = mixA(maker < 0 ? MACHINE : (this.#threadName[maker] as number), child)
      this.#group[thread] = group
      const name = this.#threadName[thread]
      this.#threadA[thread] = mixA(name, maker < 0 ? START : (this.#bornA[i] as number))
      this.#threadB[thread] = mixB(name, maker < 0 ? START : (this.#bornB[i] as number))
      this.#stand(thread, standing, things)
      this.#made[thread] = 0
      this.#children[thread] = 0
      this.#calls.add(thread)
    }
  }

  #growThings(): void {
    this.#thingA = grown(this.#thingA)
    this.#thingB = grown(this.#thingB)
    this.#held = grown(this.#held)
  }

  #growThreads(): void {
    this.#threadName = grown(this.#threadName)
    this.#group = grown(this.#group)
    this.#threadA = grown(this.#threadA)
    this.#threadB = grown(this.#threadB)
    this.#made = grown(this.#made)
    this.#children = grown(this.#children)
  }
}
