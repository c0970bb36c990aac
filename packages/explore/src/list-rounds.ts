/** Rounds in which the members of a list are visited: do two visits of one round conflict, so that the order matters? */
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
  #rounds = 0
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

  /** The list whose members the thread visits. */
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

  /** The columns were restored, to when there were so many threads. */
  restored(threads: number): void {
    this.#rounds = 0
    for (let thread = 0; thread < threads; thread++) {
      this.#rounds = Math.max(this.#rounds, Math.floor((this.#turn[thread] as number) / TURNS))
    }
  }
}
