/**
 * Rounds in which the members of a list are visited, and what each visit touched: when two visits of one round conflict, the order
 * of the list matters.
 */
import { ADD, type Mode, READ } from './access-mode.ts'
import type { Visit, VisitSets } from './visit-sets.ts'

/** Visits of a round are numbered from 1; this stands for several visits that touched a thing alike. */
export const SEVERAL_TURNS = 0xffff
const TURNS = 0x1_0000

const NONE: Int32Array = new Int32Array()

export class ListRounds {
  /** For each thread: the list of its round, round and visit in one number, and whether it is inside a visit. */
  #list = NONE
  #turn = NONE
  #visiting = NONE
  #rounds = 0
  /** Of each round: who makes it, through which list, and the locks held when it began, as a mask. */
  readonly #goers: number[] = []
  readonly #lists: number[] = []
  readonly #locks: number[] = []
  /** For each thing: which visit of which round last read it, changed it, added to it. */
  #turnRead = NONE
  #turnWrite = NONE
  #turnAdd = NONE

  viewThreads(list: Int32Array, turn: Int32Array, visiting: Int32Array): void {
    this.#list = list
    this.#turn = turn
    this.#visiting = visiting
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
  }

  /** Of the run so far. */
  get count(): number {
    return this.#rounds
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

  /** A round through a list whose order matters in any case. */
  beginOrdered(thread: number): void {
    this.#list[thread] = -1
  }

  enter(thread: number): void {
    if ((this.#list[thread] as number) < 0) return
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

  /** The visits behind which a thread comes that touches `thing`, as a number of one of `sets`. */
  visitsBehind(thing: number, mode: Mode, sets: VisitSets): number {
    let all = this.#asSet(this.#turnWrite[thing] as number, sets)
    if (mode !== READ) all = sets.union(all, this.#asSet(this.#turnRead[thing] as number, sets))
    if (mode !== ADD) all = sets.union(all, this.#asSet(this.#turnAdd[thing] as number, sets))
    return all
  }

  #asSet(turn: number, sets: VisitSets): number {
    if (turn === 0) return 0
    const round = Math.floor(turn / TURNS)
    return sets.one(this.#goers[round] as number, round, turn & SEVERAL_TURNS)
  }

  /** The visit in which the thread is. */
  visitOf(thread: number): Visit {
    const turn = this.#turn[thread] as number
    return { goer: thread, round: Math.floor(turn / TURNS), number: turn & SEVERAL_TURNS }
  }

  locksOf(round: number): number {
    return this.#locks[round] as number
  }

  listOfRound(round: number): number {
    return this.#lists[round] as number
  }

  /** The columns were restored, to when there were so many threads. */
  restored(threads: number): void {
    this.#rounds = 0
    for (let thread = 0; thread < threads; thread++) {
      this.#rounds = Math.max(this.#rounds, Math.floor((this.#turn[thread] as number) / TURNS))
    }
  }
}
