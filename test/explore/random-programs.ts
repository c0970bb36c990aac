/** Little programs of chance as subjects of the explorer: threads that read, write, add, lock, signal, wait and spawn. */
import type { AccessLog, Explorable, ExploredRun, Standing } from '@barter/core'
import fc from 'fast-check'

export type Act =
  | { readonly kind: 'read' | 'write' | 'add'; readonly cell: number }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: number }
  /** In one step with what it protects. */
  | { readonly kind: 'lock and read' | 'write and unlock'; readonly lock: number; readonly cell: number }
  | { readonly kind: 'signal' | 'wait'; readonly flag: number }
  /** One of as many references as the program drops; who drops the last one knows it, and writes. */
  | { readonly kind: 'drop' }
  /** One of as many parts as the program has; the last one signals the third flag. */
  | { readonly kind: 'part done' }

export type Program = readonly (readonly Act[])[]

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('read', 'write', 'add'), cell: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('lock', 'unlock'), lock: fc.nat(1) }),
  fc.record({ kind: fc.constantFrom('lock and read', 'write and unlock'), lock: fc.nat(1), cell: fc.nat(2) }),
  fc.record({ kind: fc.constant('signal' as const), flag: fc.nat(1) }),
  fc.record({ kind: fc.constant('wait' as const), flag: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('drop', 'part done') }),
)
/** A thread that takes a lock twice would wait for itself; that is a deadlock like any other. */
export const program: fc.Arbitrary<Program> = fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 3,
})

/** Two threads that are copies of each other, and another. */
export const programOfCopies: fc.Arbitrary<Program> = fc
  .tuple(fc.array(act, { minLength: 1, maxLength: 4 }), fc.array(act, { minLength: 1, maxLength: 3 }))
  .map(([copied, other]) => [copied, copied, other])

/** A lock with what it protects, and with what it does not. */
const section: fc.Arbitrary<readonly Act[]> = fc
  .tuple(fc.nat(1), fc.array(act, { maxLength: 2 }))
  .map(([lock, inside]) => [{ kind: 'lock', lock }, ...inside, { kind: 'unlock', lock }])
const sections: fc.Arbitrary<readonly Act[]> = fc
  .array(
    fc.oneof(
      act.map((one) => [one]),
      section,
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.flat().slice(0, 5))
/** Threads that take locks in the way that drivers do, and in others. */
export const sectionProgram: fc.Arbitrary<Program> = fc.array(sections, { minLength: 2, maxLength: 3 })

const CELL = 100
const LOCK = 200
const FLAG = 300
const COUNT = 400
/** The flag that parts signal. */
const PARTS = 2

/** **Shape** what every thread has read, in its order, and what the cells hold in the end, is the outcome. */
export const programSubject = (program: Program): Explorable => ({
  digest: '0'.repeat(16),
  groupClasses: program.map((acts) => program.indexOf(acts)),
  begin: (log) => new ProgramRun(program, log),
  replay: () => {
    throw new Error('nobody replays a little program')
  },
})

class ProgramRun implements ExploredRun {
  readonly threads: number
  readonly halted = false
  readonly found = 0
  readonly #program: Program
  readonly #log: AccessLog
  readonly #at: number[]
  readonly #read: number[][]
  readonly #cells = [0, 0, 0]
  readonly #owner = [-1, -1]
  readonly #signalled = [false, false, false]
  #references: number
  #parts: number
  readonly #countThing: number
  readonly #partsThing: number
  readonly #cellThings: readonly number[]
  readonly #lockThings: readonly number[]
  readonly #flagThings: readonly number[]

  constructor(program: Program, log: AccessLog) {
    this.#program = program
    this.#log = log
    this.threads = program.length
    this.#at = program.map(() => 0)
    this.#read = program.map(() => [])
    this.#cellThings = this.#cells.map((_, i) => log.thing(CELL + i, -1))
    this.#lockThings = this.#owner.map((_, i) => log.thing(LOCK + i, -1))
    this.#flagThings = this.#signalled.map((_, i) => log.thing(FLAG + i, -1))
    this.#countThing = log.thing(COUNT, -1)
    this.#partsThing = log.thing(COUNT + 1, -1)
    this.#references = program.flat().filter(({ kind }) => kind === 'drop').length
    this.#parts = program.flat().filter(({ kind }) => kind === 'part done').length
  }

  canRun(thread: number): boolean {
    const act = this.#next(thread)
    if (act === undefined) return false
    if (act.kind === 'lock' || act.kind === 'lock and read') return this.#owner[act.lock] === -1
    return act.kind === 'wait' ? this.#signalled[act.flag] === true : true
  }

  hasEnded(thread: number): boolean {
    return this.#next(thread) === undefined
  }

  blockedOn(thread: number): number {
    const act = this.#next(thread)
    return act?.kind === 'lock' || act?.kind === 'lock and read' ? (this.#lockThings[act.lock] ?? -1) : -1
  }

  blockedShared(): boolean {
    return false
  }

  standing(thread: number): Standing {
    const act = this.#next(thread)
    const at = { thing: -1, shared: false, ticks: 0, isHardware: false }
    if (act === undefined) return { ...at, kind: 'ended' }
    if (act.kind === 'lock' || act.kind === 'lock and read')
      return { ...at, kind: 'lock', thing: this.#lockThings[act.lock] ?? -1 }
    if (act.kind === 'wait') return { ...at, kind: 'fence', thing: this.#flagThings[act.flag] ?? -1 }
    return { ...at, kind: 'ready' }
  }

  step(thread: number): void {
    const act = this.#next(thread)
    if (act === undefined) return
    this.#at[thread] = (this.#at[thread] ?? 0) + 1
    switch (act.kind) {
      case 'read':
        this.#read[thread]?.push(this.#cells[act.cell] ?? 0)
        return this.#log.readValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
      case 'write':
        this.#cells[act.cell] = 10 * (this.#classOf(thread) + 1) + (this.#at[thread] ?? 0)
        return this.#log.writeValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
      case 'add':
        this.#cells[act.cell] = (this.#cells[act.cell] ?? 0) + 100 * (this.#classOf(thread) + 1)
        return this.#log.addValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
      case 'lock':
        this.#owner[act.lock] = thread
        return this.#log.acquire(this.#lockThings[act.lock] ?? 0, false)
      case 'unlock':
        if (this.#owner[act.lock] !== thread) return
        this.#owner[act.lock] = -1
        return this.#log.release(this.#lockThings[act.lock] ?? 0)
      case 'lock and read':
        this.#owner[act.lock] = thread
        this.#log.acquire(this.#lockThings[act.lock] ?? 0, false)
        this.#read[thread]?.push(this.#cells[act.cell] ?? 0)
        return this.#log.readValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
      case 'write and unlock':
        this.#cells[act.cell] = 10 * (this.#classOf(thread) + 1) + (this.#at[thread] ?? 0)
        this.#log.writeValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
        if (this.#owner[act.lock] !== thread) return
        this.#owner[act.lock] = -1
        return this.#log.release(this.#lockThings[act.lock] ?? 0)
      case 'signal':
        return this.#signal(act.flag)
      case 'drop':
        return this.#drop(thread)
      case 'part done':
        this.#log.drops(this.#flagThings[PARTS] ?? 0)
        this.#log.noteValue(this.#partsThing, --this.#parts)
        if (this.#parts === 0) this.#signal(PARTS)
        return
      case 'wait':
        return this.#log.waited(this.#flagThings[act.flag] ?? 0)
    }
  }

  #signal(flag: number): void {
    this.#log.addValue(this.#flagThings[flag] ?? 0, 1)
    if (this.#signalled[flag] === true) return
    this.#signalled[flag] = true
    this.#log.signalled(this.#flagThings[flag] ?? 0)
  }

  #drop(thread: number): void {
    const left = --this.#references
    if (left > 1) {
      this.#log.addValue(this.#countThing, left)
      this.#log.drops(this.#countThing)
      return
    }
    this.#log.writeValue(this.#countThing, left)
    if (left > 0) return
    this.#log.readValue(this.#countThing, 0)
    this.#read[thread]?.push(-1)
    this.#cells[0] = -10 * (this.#classOf(thread) + 1)
    this.#log.writeValue(this.#cellThings[0] ?? 0, this.#cells[0] ?? 0)
  }

  groupOf(thread: number): number {
    return thread
  }

  standsAt(thread: number): string {
    return this.#next(thread)?.kind ?? 'has ended'
  }

  nameOf(thread: number): string {
    return `t${thread}`
  }

  violations() {
    return []
  }

  /** Who is stuck is part of it. Copies may be swapped. */
  finish(): string {
    const ends = this.#program.map((acts, i) => {
      const stuck = this.#at[i] === acts.length ? '' : `stuck at ${this.#at[i]}`
      return `${this.#classOf(i)}: ${String(this.#read[i])} ${stuck}`
    })
    return JSON.stringify([ends.sort(), this.#cells])
  }

  /** Threads of one class are copies of each other. */
  #classOf(thread: number): number {
    return this.#program.indexOf(this.#program[thread] ?? [])
  }

  #next(thread: number): Act | undefined {
    return this.#program[thread]?.[this.#at[thread] ?? 0]
  }
}
