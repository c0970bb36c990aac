/** Hears what a run tells, and keeps it as words: a digest of everything, and the words themselves while they are wanted. */
import { type AccessLog, mixA } from '@barter/core'

/** What was told, the first of four words each time. The second is the thing, if there is one. */
export const THING = 0
export const READS = 1
export const WRITES = 2
export const ADDS = 3
export const READS_VALUE = 4
export const READS_HERE = 5
export const WRITES_VALUE = 6
export const ADDS_VALUE = 7
export const NOTES_VALUE = 8
export const TAKES = 9
export const GIVES_BACK = 10
export const TRIES = 11
export const HAS_WAITED = 12
export const GOES_ON = 13
export const SIGNALS = 14
export const VISITS = 15
export const RETURNS = 16
export const REORDERS = 17
export const BEGINS_ROUND = 18
export const ENTERS_TURN = 19
export const LEAVES_TURN = 20
export const SETTLES = 21
export const SPAWNS = 22
export const HEEDS = 23
export const DROPS = 24
export const COMES_TO = 25
export const ENDS = 26
export const COUNTS_VALUE = 27
export const LEAVES_ONE = 28
/** Not told but remembered, see `changes-by.ts`. */
export const CHANGES_BY = 29

export const WORDS = 4

const OF_NO_THING: ReadonlySet<number> = new Set([THING, GOES_ON, VISITS, RETURNS, SETTLES, SPAWNS])
const OF_THING = Uint8Array.from({ length: CHANGES_BY + 1 }, (_, what) => (OF_NO_THING.has(what) ? 0 : 1))

/** Is the second word a thing? */
export const isOfThing = (what: number): boolean => OF_THING[what] === 1

/** Odd, so that no bit is lost. */
const PRIME = 0x01000193

/** The digest after one more telling. **Shape** `a`, `b` and `c`: its other words. */
export const toldAfter = (told: number, what: number, a: number, b: number, c: number): number =>
  Math.imul(Math.imul(Math.imul(Math.imul(told ^ what, PRIME) ^ a, PRIME) ^ b, PRIME) ^ c, PRIME)

export class Recorder implements AccessLog {
  things = 0
  /** A digest of everything told so far. */
  told = 0
  /** Keep what is told in `words`. */
  keeps = true
  readonly words: number[] = []
  readonly #sorts: number[] = []

  thing(kind: number, group: number, sort = kind): number {
    this.#tell(THING, kind, group, sort)
    this.#sorts.push(mixA(sort, group))
    return this.things++
  }

  /** Equal for things that look alike: of one sort, and of one group. */
  looksOf(thing: number): number {
    return this.#sorts[thing] ?? -1
  }

  /** `words`, with each thing replaced by how it looks. */
  get looks(): readonly number[] {
    return this.words.map((word, i) => {
      const what = this.words[i - (i % WORDS)] as number
      if (i % WORDS === 1 && what === THING) return 0
      return i % WORDS === 1 && isOfThing(what) ? this.looksOf(word) : word
    })
  }

  read(thing: number): void {
    this.#tell(READS, thing)
  }

  write(thing: number): void {
    this.#tell(WRITES, thing)
  }

  add(thing: number): void {
    this.#tell(ADDS, thing)
  }

  readValue(thing: number, value: number): void {
    this.#tell(READS_VALUE, thing, value)
  }

  readHere(thing: number): void {
    this.#tell(READS_HERE, thing)
  }

  writeValue(thing: number, value: number): void {
    this.#tell(WRITES_VALUE, thing, value)
  }

  addValue(thing: number, value: number, by = 0): void {
    this.#tell(ADDS_VALUE, thing, value, by)
  }

  noteValue(thing: number, value: number, by = 0): void {
    this.#tell(NOTES_VALUE, thing, value, by)
  }

  countValue(thing: number, value: number, by = 0): void {
    this.#tell(COUNTS_VALUE, thing, value, by)
  }

  drops(thing: number): void {
    this.#tell(DROPS, thing)
  }

  leavesOne(thing: number): void {
    this.#tell(LEAVES_ONE, thing)
  }

  heeds(thing: number): void {
    this.#tell(HEEDS, thing)
  }

  acquire(lock: number, shared: boolean): void {
    this.#tell(TAKES, lock, shared ? 1 : 0)
  }

  release(lock: number): void {
    this.#tell(GIVES_BACK, lock)
  }

  tried(lock: number): void {
    this.#tell(TRIES, lock)
  }

  comes(lock: number): void {
    this.#tell(COMES_TO, lock)
  }

  waited(thing: number): void {
    this.#tell(HAS_WAITED, thing)
  }

  resumes(): void {
    this.#tell(GOES_ON)
  }

  signalled(thing: number): void {
    this.#tell(SIGNALS, thing)
  }

  visits(): void {
    this.#tell(VISITS)
  }

  returns(): void {
    this.#tell(RETURNS)
  }

  reorders(order: number): void {
    this.#tell(REORDERS, order)
  }

  beginsRound(order: number): void {
    this.#tell(BEGINS_ROUND, order)
  }

  entersTurn(order: number): void {
    this.#tell(ENTERS_TURN, order)
  }

  leavesTurn(order: number): void {
    this.#tell(LEAVES_TURN, order)
  }

  settles(value: number): void {
    this.#tell(SETTLES, 0, value)
  }

  ends(fence: number): void {
    this.#tell(ENDS, fence)
  }

  spawned(thread: number): void {
    this.#tell(SPAWNS, 0, thread)
  }

  #tell(what: number, a = 0, b = 0, c = 0): void {
    this.told = toldAfter(this.told, what, a, b, c)
    if (this.keeps) this.words.push(what, a, b, c)
  }
}
