/**
 * Rounds in which the members of a list are visited: does the order of the list matter? It does when two visits of one round
 * conflict, and when another thread that could have come between two visits sees what both did.
 */
import { ADD, type Mode, READ } from './access-mode.ts'

/** Visits of a round are numbered from 1; this stands for several visits that touched a thing alike. */
const SEVERAL_TURNS = 0xffff
const TURNS = 0x1_0000

const NONE: Int32Array = new Int32Array()

export class ListRounds {
  /** For each thread: the list of its round, round and visit in one number, and whether it is inside a visit. */
  #list = NONE
  #turn = NONE
  #visiting = NONE
  /** Of each thread: the first visit of another's latest round that it came behind. */
  #met = NONE
  #rounds = 0
  /** Of each round: who makes it, through which list, and the locks held when it began, as a mask. */
  readonly #goers: number[] = []
  readonly #lists: number[] = []
  readonly #locks: number[] = []
  /** For each thing: which visit of which round last read it, changed it, added to it. */
  #turnRead = NONE
  #turnWrite = NONE
  #turnAdd = NONE

  viewThreads(list: Int32Array, turn: Int32Array, visiting: Int32Array, met: Int32Array): void {
    this.#list = list
    this.#turn = turn
    this.#visiting = visiting
    this.#met = met
  }

  viewThings(read: Int32Array, write: Int32Array, add: Int32Array): void {
    this.#turnRead = read
    this.#turnWrite = write
    this.#turnAdd = add
  }

  /** Begin a run. */
  restart(): void {
    this.#rounds = 0
  }

  addThing(thing: number): void {
    this.#turnRead[thing] = 0
    this.#turnWrite[thing] = 0
    this.#turnAdd[thing] = 0
  }

  addThread(thread: number): void {
    this.#list[thread] = -1
    this.#turn[thread] = 0
    this.#visiting[thread] = 0
    this.#met[thread] = 0
  }

  /** The list whose members the thread visits. */
  listOf(thread: number): number {
    return this.#list[thread] as number
  }

  isVisiting(thread: number): boolean {
    return this.#visiting[thread] === 1
  }

  /** **Shape** `locks`: that the thread holds, as a mask. */
  begin(thread: number, list: number, locks: number): void {
    const round = ++this.#rounds
    this.#list[thread] = list
    this.#turn[thread] = round * TURNS
    this.#goers[round] = thread
    this.#lists[round] = list
    this.#locks[round] = locks
  }

  enter(thread: number): void {
    if (((this.#turn[thread] as number) & SEVERAL_TURNS) < SEVERAL_TURNS - 1)
      this.#turn[thread] = (this.#turn[thread] as number) + 1
    this.#visiting[thread] = 1
  }

  leave(thread: number): void {
    this.#visiting[thread] = 0
  }

  /** A visit touches `thing`. **Shape** gives whether it conflicts with another visit of the same round. */
  touch(thread: number, thing: number, mode: Mode): boolean {
    const now = this.#turn[thread] as number
    const round = now & ~SEVERAL_TURNS
    const isOtherTurn = (turn: number): boolean => (turn & ~SEVERAL_TURNS) === round && turn !== now
    let meets = isOtherTurn(this.#turnWrite[thing] as number)
    if (mode !== READ) meets ||= isOtherTurn(this.#turnRead[thing] as number)
    if (mode !== ADD) meets ||= isOtherTurn(this.#turnAdd[thing] as number)
    const turns = mode === READ ? this.#turnRead : mode === ADD ? this.#turnAdd : this.#turnWrite
    turns[thing] = isOtherTurn(turns[thing] as number) ? round | SEVERAL_TURNS : now
    return meets
  }

  /**
   * A thread touches `thing`, perhaps after a visit did. Gives the list of which it has now seen two visits of one round, -1
   * for none. **Shape** `locks`: those that it holds; who shares a lock with the whole round comes between no two visits.
   */
  comeBehind(thread: number, thing: number, mode: Mode, locks: number): number {
    let turn = this.#turnWrite[thing] as number
    if (mode !== READ) turn = Math.max(turn, this.#turnRead[thing] as number)
    if (mode !== ADD) turn = Math.max(turn, this.#turnAdd[thing] as number)
    if (turn === 0) return -1
    const round = Math.floor(turn / TURNS)
    if (this.#goers[round] === thread || ((this.#locks[round] as number) & locks) !== 0) return -1
    const met = this.#met[thread] as number
    if (Math.floor(met / TURNS) !== round) {
      this.#met[thread] = turn
      return -1
    }
    return met === turn ? -1 : (this.#lists[round] as number)
  }

  /** The columns were restored, to when there were so many threads. */
  restored(threads: number): void {
    this.#rounds = 0
    for (let thread = 0; thread < threads; thread++) {
      this.#rounds = Math.max(this.#rounds, Math.floor((this.#turn[thread] as number) / TURNS))
    }
  }
}
