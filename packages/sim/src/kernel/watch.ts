/**
 * Tells an explorer what steps touch. Only there while schedules are explored; an ordinary run has none and pays for none.
 *
 * A thing belongs to the group of whoever makes it: the group of the part of the system whose code runs, else of the
 * running thread. Within a group things are known by their names without those that are the group's own, and among those of
 * one name by the order of their making; outside of groups by their name, and among those that threads make while they run
 * by who made them. So copies of a part look alike, and little depends on the order in which a schedule made them.
 */
import { type AccessLog, mixA, type Part, type Shared, type Turns } from '@barter/core'
import type { Thread } from './thread.ts'

/** Beyond any number of a name. */
const IN_GROUP = 0x4000_0000

/** How things and devices of a scenario are called. */
export interface WatchNames {
  /** **Shape** `name`: as the scenario has it. -1 for devices of nobody. */
  readonly groupOfDevice: (name: string) => number
  /** A number below 2^30 for a name; the same for those that copies of a part give to the same thing. */
  readonly kindOf: (name: string, group: number) => number
  /** Called whenever a driver reads the clock. */
  readonly readsClock?: () => void
}

/** A part of the system while schedules are explored: all of it counts as one thing. */
export class WatchedPart implements Part {
  readonly name: string
  readonly group: number
  /** -1: its code tells by itself what it touches. */
  readonly thing: number

  constructor(name: string, group: number, thing: number) {
    this.name = name
    this.group = group
    this.thing = thing
  }
}

/** How a thread was when it went to visit. */
interface Visit {
  readonly passed: number
  readonly owes: number
}

class WatchedShared implements Shared {
  readonly #log: AccessLog
  readonly #thing: number

  constructor(log: AccessLog, thing: number) {
    this.#log = log
    this.#thing = thing
  }

  read(): void {
    this.#log.read(this.#thing)
  }

  write(): void {
    this.#log.write(this.#thing)
  }

  add(): void {
    this.#log.add(this.#thing)
  }

  readValue(value: number): void {
    this.#log.readValue(this.#thing, value)
  }

  writeValue(value: number): void {
    this.#log.writeValue(this.#thing, value)
  }

  addValue(value: number, by?: number): void {
    this.#log.addValue(this.#thing, value, by)
  }

  readHere(): void {
    this.#log.readHere(this.#thing)
  }

  noteValue(value: number, by?: number): void {
    this.#log.noteValue(this.#thing, value, by)
  }

  countValue(value: number, by?: number): void {
    this.#log.countValue(this.#thing, value, by)
  }

  dropValue(value: number): void {
    this.#log.addValue(this.#thing, value, -1)
    this.#log.drops(this.#thing)
  }

  heed(): void {
    this.#log.heeds(this.#thing)
  }
}

export class Watch {
  readonly log: AccessLog
  readonly #current: () => Thread | undefined
  readonly #names: WatchNames
  /** In which orders locks were taken so far: no step is another for it, but one may be wrong. */
  readonly #lockOrder: number
  /** Hardware at work, which is never late, decides which sleepers may wake: how much of it was started. */
  readonly #clock: number
  #started = 0
  /** Things of a kind that each group has made. */
  readonly #made: Map<number, number[]>[] = []
  /** Things of a kind, of no group, that each thread has made. */
  readonly #madeBy = new Map<number, Map<number, number[]>>()

  constructor(log: AccessLog, current: () => Thread | undefined, names: WatchNames) {
    this.log = log
    this.#current = current
    this.#names = names
    this.#clock = this.thing('hardware that was started')
    this.#lockOrder = this.thing('order of locks')
  }

  /** A lock is wanted inside another one, and so many orders are known now. */
  nests(word: number): void {
    this.log.noteValue(this.#lockOrder, word)
  }

  /** Which hardware is due first depends on which was started first. */
  startsHardware(): void {
    this.log.readValue(this.#clock, this.#started)
    this.log.writeValue(this.#clock, ++this.#started)
  }

  /** Whether a sleep is over before hardware is due depends on which began first. */
  goesToSleep(): void {
    this.log.readValue(this.#clock, this.#started)
  }

  /** `thread` has slept so long. Had more hardware been started before, the sleep might have to go on. */
  wakesUp(thread: Thread, ticks: number): void {
    this.log.readHere(this.#clock)
    thread.slept += ticks
    this.log.countValue(this.#sleepOf(thread), thread.slept)
  }

  /** What the running thread takes for the time. */
  timeOfRunning(): number {
    const thread = this.#current()
    if (thread === undefined) return 0
    this.#names.readsClock?.()
    this.log.readValue(this.#sleepOf(thread), thread.slept)
    return thread.slept
  }

  #sleepOf(thread: Thread): number {
    if (thread.sleepThing < 0) thread.sleepThing = this.thing(`how long ${thread.name} has slept`, thread.group)
    return thread.sleepThing
  }

  /** Group of what is made now. */
  get group(): number {
    const thread = this.#current()
    return thread?.parts.at(-1)?.group ?? thread?.group ?? -1
  }

  /** A name as a number, without the names that are the group's own. */
  wordOf(name: string, group = -1): number {
    return this.#names.kindOf(name, group)
  }

  /** The running thread has waited for this fence and remembers it, so it need not look. */
  hasPassed(fence: number): boolean {
    return this.#current()?.passed.includes(fence) === true
  }

  passes(fence: number): void {
    this.log.waited(fence)
    this.#current()?.passed.push(fence)
  }

  /** What the running thread learns from here on it forgets when it `returns`. **Shape** gives what `returns` needs. */
  visits(): Visit {
    this.log.visits()
    const thread = this.#current()
    return { passed: thread?.passed.length ?? 0, owes: thread?.owes ?? 0 }
  }

  /** What it comes back with to do, work put off or a lock to give back, depends on what it learned: so it remembers that. */
  returns({ passed, owes }: Visit): void {
    const thread = this.#current()
    if (thread === undefined || thread.owes === owes) this.log.returns()
    else this.#returnsOwing()
    thread?.passed.splice(passed)
  }

  #returnsOwing(): void {
    const kept = this.thing('what a thread has come back with')
    this.log.write(kept)
    this.log.returns()
    this.log.read(kept)
  }

  /** The running thread knows this much from here on, and nothing else. **Shape** `known`: stands for it. */
  settles(known: number): void {
    this.log.settles(known)
    this.#current()?.passed.splice(0)
  }

  /** Code of some part runs. */
  get insidePart(): boolean {
    return (this.#current()?.parts.length ?? 0) > 0
  }

  /** **Shape** `group`: the maker's unless given; -1 for what is the only one of that name. */
  thing(name: string, group?: number): number {
    const of = group ?? this.group
    const kind = this.#names.kindOf(name, of)
    const maker = group === undefined && of < 0 ? this.#current() : undefined
    if (of < 0 && maker === undefined) return this.log.thing(kind, -1)
    const made = maker === undefined ? this.#ofGroup(of, kind) : this.#ofMaker(maker, kind)
    // How it is called depends on how many there are.
    const last = made.at(-1)
    if (last !== undefined) this.log.heeds(last)
    const thing = this.log.thing(IN_GROUP + ((kind + made.length * 0x9e37 + whoseOf(maker, kind)) % IN_GROUP), of, kind)
    made.push(thing)
    return thing
  }

  #ofGroup(group: number, kind: number): number[] {
    const ofGroup = (this.#made[group] ??= new Map<number, number[]>())
    const made = ofGroup.get(kind) ?? []
    ofGroup.set(kind, made)
    return made
  }

  #ofMaker({ who }: Thread, kind: number): number[] {
    const ofMaker = this.#madeBy.get(who) ?? new Map<number, number[]>()
    this.#madeBy.set(who, ofMaker)
    const made = ofMaker.get(kind) ?? []
    ofMaker.set(kind, made)
    return made
  }

  shared(name: string, group?: number): Shared {
    return new WatchedShared(this.log, this.thing(name, group))
  }

  /** What is known of a device, whoever makes it: alike for devices of copies. */
  ofDevice(name: string, device: string): Shared {
    return this.shared(`${name} of ${device}`, this.groupOfDevice(device))
  }

  /** **Shape** -1 for a device of nobody. */
  groupOfDevice(name: string): number {
    return this.#names.groupOfDevice(name)
  }

  turns(name: string): Turns {
    const order = this.thing(name)
    const { log } = this
    return {
      changed: () => {
        log.reorders(order)
      },
      look: () => {
        log.read(order)
      },
      begin: () => {
        log.beginsRound(order)
      },
      enter: () => {
        log.entersTurn(order)
      },
      leave: () => {
        log.leavesTurn(order)
      },
    }
  }

  /** What code of a device's driver makes belongs to that: it may look at the driver's own state. */
  part(name: string): WatchedPart {
    const maker = this.#current()?.parts.at(-1)
    if (maker !== undefined && maker.thing >= 0) return maker
    const { group } = this
    return new WatchedPart(name, group, this.thing(name))
  }

  /** Code of core's that works for whoever calls it, and tells by itself what it touches. */
  corePart(): WatchedPart {
    return new WatchedPart('core', this.group, -1)
  }

  /** All driver code that works for one device; `tells`: but for what it tells by itself. */
  devicePart(name: string, tells = false): WatchedPart {
    const group = this.groupOfDevice(name)
    return new WatchedPart(name, group, tells ? -1 : this.thing(`part ${name}`, group))
  }

  /** The step of `thread` ends in the code of some part. */
  endStep(thread: Thread): void {
    this.#touch(thread.parts.at(-1))
  }

  /** Go on in the code of `part`. The caller's is touched by what was done in it so far. */
  enter(part: WatchedPart): void {
    const thread = this.#current()
    if (thread === undefined) return
    this.#touch(thread.parts.at(-1))
    thread.parts.push(part)
  }

  leave(): void {
    this.#touch(this.#current()?.parts.pop())
  }

  #touch(part: WatchedPart | undefined): void {
    if (part !== undefined && part.thing >= 0) this.log.write(part.thing)
  }
}

/** Others make things of that name, too, and what is in one of them is not in another. */
const whoseOf = (maker: Thread | undefined, kind: number): number =>
  maker === undefined ? 0 : Math.abs(mixA(maker.who, kind))
