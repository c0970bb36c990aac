/** Rounds of lists: whether two visits of one round touched one thing, so that the order of the list is of consequence. */
import { ADD, type Mode, READ } from './access-mode.ts'

/** Visits of a round are numbered from 1; two of them that did the same count as this one. */
const SEVERAL_TURNS = 0xffff
const TURNS = 0x1_0000

const NONE: Int32Array = new Int32Array()

export class ListRounds {
  /** Of each thread: the list of its round, the round with the number of the visit, and whether it is at that. */
  #list = NONE
  #turn = NONE
  #visiting = NONE
  #rounds = 0
  /** Of each thing: which visit of which round read it, changed it, added to it. */
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

  /** A fresh run. */
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

  /** The list that the thread goes round. */
  listOf(thread: number): number {
    return this.#list[thread] as number
  }

  isVisiting(thread: number): boolean {
    return this.#visiting[thread] === 1
  }

  begin(thread: number, list: number): void {
    this.#list[thread] = list
    this.#turn[thread] = ++this.#rounds * TURNS
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

  /** The columns were put back as they were when there were so many threads. */
  restored(threads: number): void {
    this.#rounds = 0
    for (let thread = 0; thread < threads; thread++) {
      this.#rounds = Math.max(this.#rounds, Math.floor((this.#turn[thread] as number) / TURNS))
    }
  }
}
