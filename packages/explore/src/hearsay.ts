/**
 * What threads have heard of the visits of a round: by what a visit left behind, and by what others did that knew of it. The order
 * of a list matters if something that follows from one visit of a round could come before another visit, which touches the same.
 */
import { ACQUIRE, ACQUIRE_SHARED, ADD, COMES, type Mode, READ, RELEASE, WRITE } from './access-mode.ts'
import { UNSEEN } from './content-mode.ts'
import { type ListRounds, SEVERAL_TURNS } from './list-rounds.ts'
import { type Visit, VisitSets } from './visit-sets.ts'

const NONE: Int32Array = new Int32Array()
const NOTHING = 0

export class Hearsay {
  readonly #rounds: ListRounds
  readonly #sets = new VisitSets()
  /** What each thread has heard of, as a number of a set. */
  #heard = NONE
  /**
   * What those had heard of who read a thing, changed it, added to it. Of a lock: who gave it back, and, in place of who adds, who
   * has it, when he took it.
   */
  #byReaders = NONE
  #byWriters = NONE
  #byAdders = NONE
  /** Of the current step: what its thread had heard of before it, and which visits it comes behind itself. */
  #before = NOTHING
  #behind = NOTHING

  constructor(rounds: ListRounds) {
    this.#rounds = rounds
  }

  viewThreads(heard: Int32Array): void {
    this.#heard = heard
  }

  viewThings(byReaders: Int32Array, byWriters: Int32Array, byAdders: Int32Array): void {
    this.#byReaders = byReaders
    this.#byWriters = byWriters
    this.#byAdders = byAdders
  }

  addThing(thing: number): void {
    this.#byReaders[thing] = NOTHING
    this.#byWriters[thing] = NOTHING
    this.#byAdders[thing] = NOTHING
  }

  addThread(thread: number): void {
    this.#heard[thread] = NOTHING
  }

  beginStep(thread: number): void {
    this.#before = this.#heard[thread] as number
    this.#behind = NOTHING
  }

  /**
   * A step touches `thing`. Gives the list whose order matters therefore, -1 for none. **Shape** `content`: see `contentMode`.
   * `locks`: that its thread holds, as a mask; who shares a lock with a whole round comes between no two of its visits.
   */
  touch(thread: number, thing: number, mode: Mode, content: Mode, locks: number): number {
    const known = this.#heard[thread] as number
    const told = this.#toldBy(thing, mode, content)
    let list = -1
    let heard = known
    if (told !== NOTHING && told !== known) {
      if (this.#rounds.isVisiting(thread)) list = this.#meetsAnother(thread, told)
      heard = this.#sets.union(known, this.#between(told, thread, locks))
    }
    const visits = content === UNSEEN ? NOTHING : this.#rounds.visitsBehind(thing, content, this.#sets)
    const behind = visits === NOTHING ? NOTHING : this.#between(visits, thread, locks)
    if (behind !== NOTHING) {
      this.#behind = this.#sets.union(this.#behind, behind)
      heard = this.#sets.union(heard, behind)
    }
    if (heard === known && behind === NOTHING) return list
    this.#heard[thread] = heard
    return list >= 0 ? list : this.#foundBehind(heard)
  }

  /** The thread has taken `lock`. Whatever it had heard of rounds that hold it is over. **Shape** `locks`: that it holds now. */
  took(thread: number, lock: number, mode: Mode, locks: number): void {
    this.#byAdders[lock] = mode === ACQUIRE ? this.#before : NOTHING
    const heard = this.#heard[thread] as number
    if (heard !== NOTHING) this.#heard[thread] = this.#between(heard, thread, locks)
  }

  /** The step is over; it touched `thing`, which tells from now on what its thread has heard of. **Shape** as `touch`. */
  tell(thread: number, thing: number, mode: Mode, content: Mode): void {
    const heard = this.#heard[thread] as number
    const sets = this.#sets
    const writers = this.#byWriters[thing] as number
    if (content === READ) this.#byReaders[thing] = sets.union(this.#byReaders[thing] as number, heard)
    else if (content === ADD) this.#byAdders[thing] = sets.union(this.#byAdders[thing] as number, heard)
    else if (content === WRITE) this.#byWriters[thing] = sets.union(writers, heard)
    else if (mode === RELEASE) {
      // Who had the lock before and who had it after could have changed places, but for what was heard while it was held.
      const before = this.#byAdders[thing] as number
      this.#byWriters[thing] = sets.union(writers, sets.without(heard, before))
    }
  }

  hasHeard(thread: number): boolean {
    return this.#heard[thread] !== NOTHING
  }

  /** A thread that `maker` made. */
  bear(thread: number, maker: number): void {
    this.#heard[thread] = this.#heard[maker] as number
  }

  #toldBy(thing: number, mode: Mode, content: Mode): number {
    const sets = this.#sets
    const writers = this.#byWriters[thing] as number
    if (content === UNSEEN) return mode === ACQUIRE || mode === ACQUIRE_SHARED || mode === COMES ? writers : NOTHING
    let all = writers
    if (content !== READ) all = sets.union(all, this.#byReaders[thing] as number)
    if (content !== ADD) all = sets.union(all, this.#byAdders[thing] as number)
    return all
  }

  /** Those visits after which the thread may come and yet be before others of their round. */
  #between(set: number, thread: number, locks: number): number {
    const rounds = this.#rounds
    return this.#sets.filter(set, ({ goer, round }) => goer !== thread && (rounds.locksOf(round) & locks) === 0)
  }

  /** In its visit, the thread meets what somebody did who had heard of another visit of the same round. */
  #meetsAnother(thread: number, told: number): number {
    const now = this.#rounds.visitOf(thread)
    const other = this.#sets.members(told).find((visit) => isAnother(visit, now))
    return other === undefined ? -1 : this.#rounds.listOfRound(now.round)
  }

  /** A round of which this step comes behind one visit, having heard of another. */
  #foundBehind(heard: number): number {
    if (this.#behind === NOTHING) return -1
    for (const one of this.#sets.members(this.#behind)) {
      if (one.number === SEVERAL_TURNS) return this.#rounds.listOfRound(one.round)
      for (const other of this.#sets.members(heard)) {
        if (isAnother(other, one)) return this.#rounds.listOfRound(one.round)
      }
    }
    return -1
  }
}

const isAnother = (a: Visit, b: Visit): boolean => a.goer === b.goer && a.round === b.round && a.number !== b.number
