/**
 * Tells an explorer what steps touch. Only there while schedules are explored; an ordinary run has none and pays for none.
 *
 * A thing belongs to the group of whoever makes it: the group of the part of the system whose code runs, else of the
 * running thread. Within a group things are known by the order of their making, outside of groups by their name, so that
 * copies of a part look alike and nothing depends on numbers that a schedule gave out.
 */
import { type AccessLog, type Part, type Shared, smallHashOfText } from '@barter/core'
import type { Thread } from './thread.ts'

/** Beyond any hash of a name. */
const IN_GROUP = 0x4000_0000

/** A part of the system while schedules are explored: all of it counts as one thing. */
export class WatchedPart implements Part {
  readonly name: string
  readonly group: number
  readonly thing: number

  constructor(name: string, group: number, thing: number) {
    this.name = name
    this.group = group
    this.thing = thing
  }
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

  addValue(value: number): void {
    this.#log.addValue(this.#thing, value)
  }
}

export class Watch {
  readonly log: AccessLog
  readonly #current: () => Thread | undefined
  readonly #groupOfDevice: (name: string) => number
  /** How many things each group has made. */
  readonly #made: number[] = []

  /** **Shape** `groupOfDevice`: by the name that the scenario gives it; -1 for those of nobody. */
  constructor(log: AccessLog, current: () => Thread | undefined, groupOfDevice: (name: string) => number) {
    this.log = log
    this.#current = current
    this.#groupOfDevice = groupOfDevice
  }

  /** Group of what is made now. */
  get group(): number {
    const thread = this.#current()
    return thread?.parts.at(-1)?.group ?? thread?.group ?? -1
  }

  /** Code of some part runs. */
  get insidePart(): boolean {
    return (this.#current()?.parts.length ?? 0) > 0
  }

  thing(name: string, group = this.group): number {
    if (group < 0) return this.log.thing(smallHashOfText(name), -1)
    const order = this.#made[group] ?? 0
    this.#made[group] = order + 1
    return this.log.thing(IN_GROUP + order, group)
  }

  shared(name: string): Shared {
    return new WatchedShared(this.log, this.thing(name))
  }

  part(name: string): WatchedPart {
    const { group } = this
    return new WatchedPart(name, group, this.thing(name, group))
  }

  /** All driver code that works for one device. */
  devicePart(name: string): WatchedPart {
    const group = this.#groupOfDevice(name)
    return new WatchedPart(name, group, this.thing(`part ${name}`, group))
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
    if (part !== undefined) this.log.write(part.thing)
  }
}
