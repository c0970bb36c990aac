/** An access log that digests everything it is told, so that two runs can be compared, and passes it on. */
import { type AccessLog, mixA } from '@barter/core'

const THING = 1
const READ = 2
const WRITE = 3
const ADD = 4
const READ_VALUE = 5
const READ_HERE = 6
const WRITE_VALUE = 7
const ADD_VALUE = 8
const ACQUIRE = 9
const ACQUIRE_SHARED = 10
const RELEASE = 11
const TRIED = 12
const WAITED = 13
const SIGNALLED = 14
const VISITS = 15
const RETURNS = 16
const SETTLES = 17
const SPAWNED = 18
const TELLS = 19
const NOTE_VALUE = 20
const RESUMES = 21
const REORDERS = 22
const BEGINS_ROUND = 23
const ENTERS_TURN = 24
const LEAVES_TURN = 25
const HEED = 26
const DROP = 27
const COMES = 28
const ENDS = 29
const COUNT_VALUE = 30
const LEAVE_ONE = 31

export class Telling implements AccessLog {
  /** A digest of everything told so far, in order. */
  told = 0
  readonly #to: AccessLog | undefined
  #things = 0

  /** **Shape** `to`: the log that also listens. Things have the numbers that it gives them, or would give. */
  constructor(to?: AccessLog) {
    this.#to = to
  }

  thing(kind: number, group: number, sort?: number): number {
    this.#add(THING, mixA(kind, group))
    this.#to?.thing(kind, group, sort)
    return this.#things++
  }

  read(thing: number): void {
    this.#add(READ, thing)
    this.#to?.read(thing)
  }

  write(thing: number): void {
    this.#add(WRITE, thing)
    this.#to?.write(thing)
  }

  add(thing: number): void {
    this.#add(ADD, thing)
    this.#to?.add(thing)
  }

  readValue(thing: number, value: number): void {
    this.#add(READ_VALUE, mixA(thing, value))
    this.#to?.readValue(thing, value)
  }

  readHere(thing: number): void {
    this.#add(READ_HERE, thing)
    this.#to?.readHere(thing)
  }

  writeValue(thing: number, value: number): void {
    this.#add(WRITE_VALUE, mixA(thing, value))
    this.#to?.writeValue(thing, value)
  }

  addValue(thing: number, value: number, by?: number): void {
    this.#add(ADD_VALUE, mixA(thing, value))
    this.#to?.addValue(thing, value, by)
  }

  noteValue(thing: number, value: number, by?: number): void {
    this.#add(NOTE_VALUE, mixA(thing, value))
    this.#to?.noteValue(thing, value, by)
  }

  countValue(thing: number, value: number, by?: number): void {
    this.#add(COUNT_VALUE, mixA(thing, value))
    this.#to?.countValue(thing, value, by)
  }

  drops(thing: number): void {
    this.#add(DROP, thing)
    this.#to?.drops(thing)
  }

  leavesOne(thing: number): void {
    this.#add(LEAVE_ONE, thing)
    this.#to?.leavesOne(thing)
  }

  heeds(thing: number): void {
    this.#add(HEED, thing)
    this.#to?.heeds(thing)
  }

  acquire(lock: number, shared: boolean): void {
    this.#add(shared ? ACQUIRE_SHARED : ACQUIRE, lock)
    this.#to?.acquire(lock, shared)
  }

  release(lock: number): void {
    this.#add(RELEASE, lock)
    this.#to?.release(lock)
  }

  tried(lock: number): void {
    this.#add(TRIED, lock)
    this.#to?.tried(lock)
  }

  comes(lock: number): void {
    this.#add(COMES, lock)
    this.#to?.comes(lock)
  }

  waited(thing: number): void {
    this.#add(WAITED, thing)
    this.#to?.waited(thing)
  }

  resumes(): void {
    this.#add(RESUMES, 0)
    this.#to?.resumes()
  }

  signalled(thing: number): void {
    this.#add(SIGNALLED, thing)
    this.#to?.signalled(thing)
  }

  visits(): void {
    this.#add(VISITS, 0)
    this.#to?.visits()
  }

  returns(): void {
    this.#add(RETURNS, 0)
    this.#to?.returns()
  }

  reorders(order: number): void {
    this.#add(REORDERS, order)
    this.#to?.reorders(order)
  }

  beginsRound(order: number): void {
    this.#add(BEGINS_ROUND, order)
    this.#to?.beginsRound(order)
  }

  entersTurn(order: number): void {
    this.#add(ENTERS_TURN, order)
    this.#to?.entersTurn(order)
  }

  leavesTurn(order: number): void {
    this.#add(LEAVES_TURN, order)
    this.#to?.leavesTurn(order)
  }

  settles(value: number): void {
    this.#add(SETTLES, value)
    this.#to?.settles(value)
  }

  ends(fence: number): void {
    this.#add(ENDS, fence)
    this.#to?.ends(fence)
  }

  spawned(thread: number): void {
    this.#add(SPAWNED, thread)
    this.#to?.spawned(thread)
  }

  tells(value: number): void {
    this.#add(TELLS, value)
    this.#to?.tells?.(value)
  }

  #add(what: number, value: number): void {
    this.told = mixA(this.told, mixA(what, value))
  }
}
