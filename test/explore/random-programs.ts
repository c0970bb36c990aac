/** Small random programs as subjects of the explorer: threads that read, write, add, lock, signal, wait and spawn. */
import type { AccessLog, Explorable, ExploredRun, Standing, Violation } from '@barter/core'
import fc from 'fast-check'

export type Act =
  | { readonly kind: 'read' | 'write' | 'add'; readonly cell: number }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: number }
  /** In one step with what it protects. */
  | { readonly kind: 'lock and read' | 'write and unlock'; readonly lock: number; readonly cell: number }
  /** In one step as well. */
  | { readonly kind: 'lock and write' | 'lock, read and write'; readonly lock: number; readonly cell: number }
  /** Taken if it is free; the thread knows whether it was. */
  | { readonly kind: 'try'; readonly lock: number }
  /** Each lock can be shared as well, behind those who have been waiting to have it alone; `unlock` gives back either. */
  | { readonly kind: 'share'; readonly lock: number }
  /** Who took it before whom matters to somebody. */
  | { readonly kind: 'lock in turn' | 'share in turn'; readonly lock: number }
  | { readonly kind: 'share and read' | 'share and write'; readonly lock: number; readonly cell: number }
  /** Reads one cell, and writes another if the first holds something. */
  | { readonly kind: 'copy'; readonly cell: number }
  /** Reads one cell, and writes another if the first holds nothing: what it does alone it does not do behind others. */
  | { readonly kind: 'fill'; readonly cell: number }
  /** The run is over with a violation, or is halted, if the cell holds something. */
  | { readonly kind: 'judge' | 'halt'; readonly cell: number }
  | { readonly kind: 'signal' | 'wait'; readonly flag: number }
  /** One of as many references as the program drops; who drops the last one knows it, and writes. */
  | { readonly kind: 'drop' }
  /** A reference to what is not closed yet, if it is not; and one that the thread has, if it has any. */
  | { readonly kind: 'take' | 'give back' }
  /** From now on nobody takes any, and who closes has one more. */
  | { readonly kind: 'close' }
  /** One of as many parts as the program has; the last one signals the third flag. */
  | { readonly kind: 'part done' }

export type Program = readonly (readonly Act[])[]

const lock = fc.nat(1)
const cell = fc.nat(2)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('read', 'write', 'add', 'copy'), cell }),
  fc.record({ kind: fc.constantFrom('lock', 'unlock'), lock }),
  fc.record({
    kind: fc.constantFrom('lock and read', 'lock and write', 'lock, read and write', 'write and unlock'),
    lock,
    cell,
  }),
  fc.record({ kind: fc.constant('signal' as const), flag: fc.nat(1) }),
  fc.record({ kind: fc.constant('wait' as const), flag: fc.nat(2) }),
  fc.record({ kind: fc.constantFrom('drop', 'part done') }),
)
/** As well: locks that are tried, shared, or taken by one after the other as if they were data. */
const actOnLocks: fc.Arbitrary<Act> = fc.oneof(
  act,
  fc.record({ kind: fc.constantFrom('try', 'share', 'lock in turn', 'share in turn'), lock }),
  fc.record({ kind: fc.constantFrom('share and read', 'share and write'), lock, cell }),
)

/** A thread that takes a lock twice would wait for itself; that is a deadlock like any other. */
const programOf = (acts: fc.Arbitrary<Act>): fc.Arbitrary<Program> =>
  fc.array(fc.array(acts, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 3 })
export const program = programOf(act)
export const lockProgram = programOf(actOnLocks)

/** Two threads that are copies of each other, and another. */
export const programOfCopies: fc.Arbitrary<Program> = fc
  .tuple(fc.array(act, { minLength: 1, maxLength: 4 }), fc.array(act, { minLength: 1, maxLength: 3 }))
  .map(([copied, other]) => [copied, copied, other])

const actWithEnd: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: actOnLocks },
  fc.record({ kind: fc.constantFrom('judge', 'halt'), cell }),
)
export const programWithEnd = programOf(actWithEnd)

/** Steps that do less when they come later. */
export const fillProgram = programOf(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('read', 'write', 'copy', 'fill', 'fill'), cell }),
    fc.record({ kind: fc.constantFrom('lock', 'unlock', 'try', 'share'), lock }),
  ),
)

type Taking =
  | 'lock'
  | 'try'
  | 'share'
  | 'lock in turn'
  | 'share in turn'
  | 'lock and write'
  | 'lock, read and write'
  | 'share and read'

/** References that come and go. */
export const referenceProgram = programOf(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('take', 'take', 'give back', 'give back', 'give back', 'close') }),
    fc.record({ kind: fc.constantFrom('read', 'write', 'copy'), cell }),
  ),
)

/** A lock with what it protects, and with what it does not. */
function sectionsOf(acts: fc.Arbitrary<Act>, takings: readonly Taking[]): fc.Arbitrary<Program> {
  const section: fc.Arbitrary<readonly Act[]> = fc
    .tuple(lock, cell, fc.constantFrom(...takings), fc.array(acts, { maxLength: 2 }))
    .map(([lock, cell, kind, inside]) => [{ kind, lock, cell }, ...inside, { kind: 'unlock', lock }])
  const parts = fc.oneof(
    acts.map((one) => [one]),
    section,
  )
  const sections = fc.array(parts, { minLength: 1, maxLength: 3 }).map((some) => some.flat().slice(0, 5))
  return fc.array(sections, { minLength: 2, maxLength: 3 })
}
const TAKINGS: readonly Taking[] = ['lock', 'lock', 'lock and write', 'lock, read and write']
/** Threads that take locks in the way that drivers do, and in others. */
export const sectionProgram = sectionsOf(act, TAKINGS)
export const lockSectionProgram = sectionsOf(actOnLocks, [
  ...TAKINGS,
  'try',
  'share',
  'share and read',
  'lock in turn',
  'share in turn',
])

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

/** The lock that an act waits for. */
function taking(act: Act | undefined): { readonly lock: number; readonly shared: boolean } | undefined {
  switch (act?.kind) {
    case 'lock':
    case 'lock and read':
    case 'lock and write':
    case 'lock, read and write':
    case 'lock in turn':
      return { lock: act.lock, shared: false }
    case 'share':
    case 'share and read':
    case 'share and write':
    case 'share in turn':
      return { lock: act.lock, shared: true }
    default:
      return undefined
  }
}

class ProgramRun implements ExploredRun {
  readonly threads: number
  halted = false
  found = 0
  /** The cell that held something. */
  #judged = -1
  readonly #program: Program
  readonly #log: AccessLog
  readonly #at: number[]
  readonly #read: number[][]
  /** Of each lock: somebody shares it; and those who stand in line to have it alone. */
  readonly #isShared: readonly boolean[]
  readonly #line: number[][] = [[], []]
  readonly #cells = [0, 0, 0]
  readonly #owner = [-1, -1]
  readonly #sharers: number[][] = [[], []]
  readonly #signalled = [false, false, false]
  #references: number
  /** Of what can be closed: references, with one of its own until it is, and how many each thread has. */
  #taken = 1
  #isClosed = false
  readonly #has: number[]
  #parts: number
  readonly #countThing: number
  readonly #partsThing: number
  readonly #takenThing: number
  readonly #closedThing: number
  readonly #cellThings: readonly number[]
  readonly #lockThings: readonly number[]
  readonly #flagThings: readonly number[]

  constructor(program: Program, log: AccessLog) {
    this.#program = program
    this.#log = log
    this.threads = program.length
    this.#at = program.map(() => 0)
    this.#read = program.map(() => [])
    this.#isShared = this.#line.map((_, i) =>
      program.flat().some((act) => taking(act)?.shared === true && taking(act)?.lock === i),
    )
    this.#cellThings = this.#cells.map((_, i) => log.thing(CELL + i, -1))
    this.#lockThings = this.#owner.map((_, i) => log.thing(LOCK + i, -1))
    this.#flagThings = this.#signalled.map((_, i) => log.thing(FLAG + i, -1))
    this.#countThing = log.thing(COUNT, -1)
    this.#partsThing = log.thing(COUNT + 1, -1)
    this.#takenThing = log.thing(COUNT + 2, -1)
    this.#closedThing = log.thing(COUNT + 3, -1)
    this.#has = program.map(() => 0)
    this.#references = program.flat().filter(({ kind }) => kind === 'drop').length
    this.#parts = program.flat().filter(({ kind }) => kind === 'part done').length
  }

  canRun(thread: number): boolean {
    const act = this.#next(thread)
    if (act === undefined) return false
    if (act.kind === 'wait') return this.#signalled[act.flag] === true
    const taken = taking(act)
    if (taken === undefined) return true
    const { lock, shared } = taken
    if (shared) return this.#owner[lock] === -1 && this.#line[lock]?.length === 0
    return this.#isFree(lock) || (this.#owner[lock] === -1 && !this.#isInLine(thread, lock))
  }

  #isFree(lock: number): boolean {
    return this.#owner[lock] === -1 && this.#sharers[lock]?.length === 0
  }

  #isInLine(thread: number, lock: number): boolean {
    return this.#line[lock]?.includes(thread) === true
  }

  hasEnded(thread: number): boolean {
    return this.#next(thread) === undefined
  }

  blockedOn(thread: number): number {
    const taken = taking(this.#next(thread))
    return taken === undefined || this.canRun(thread) ? -1 : (this.#lockThings[taken.lock] ?? -1)
  }

  blockedShared(thread: number): boolean {
    return taking(this.#next(thread))?.shared === true
  }

  standing(thread: number): Standing {
    const act = this.#next(thread)
    const at = { thing: -1, shared: false, ticks: 0, isHardware: false }
    if (act === undefined) return { ...at, kind: 'ended' }
    const taken = taking(act)
    if (taken !== undefined) {
      const { lock, shared } = taken
      const kind = shared || this.#isShared[lock] !== true ? 'lock' : this.#isInLine(thread, lock) ? 'line' : 'comes'
      return { ...at, kind, thing: this.#lockThings[lock] ?? -1, shared }
    }
    if (act.kind === 'wait') return { ...at, kind: 'fence', thing: this.#flagThings[act.flag] ?? -1 }
    return { ...at, kind: 'ready' }
  }

  step(thread: number): void {
    const act = this.#next(thread)
    if (act === undefined) return
    const taken = taking(act)
    if (taken !== undefined) {
      if (!taken.shared && !this.#comes(thread, taken.lock)) return
      this.#take(thread, taken.lock, taken.shared)
    }
    this.#at[thread] = (this.#at[thread] ?? 0) + 1
    switch (act.kind) {
      case 'lock':
      case 'share':
        return
      case 'lock in turn':
      case 'share in turn':
        return this.#log.write(this.#lockThings[act.lock] ?? 0)
      case 'read':
      case 'lock and read':
      case 'share and read':
        this.#readCell(thread, act.cell)
        return
      case 'write':
      case 'lock and write':
      case 'share and write':
        return this.#write(thread, act.cell)
      case 'lock, read and write':
        this.#readCell(thread, act.cell)
        return this.#write(thread, act.cell)
      case 'copy':
        if (this.#readCell(thread, act.cell) !== 0) this.#write(thread, (act.cell + 1) % this.#cells.length)
        return
      case 'fill':
        if (this.#readCell(thread, act.cell) === 0) this.#write(thread, (act.cell + 1) % this.#cells.length)
        return
      case 'add':
        this.#cells[act.cell] = (this.#cells[act.cell] ?? 0) + 100 * (this.#classOf(thread) + 1)
        return this.#log.addValue(this.#cellThings[act.cell] ?? 0, this.#cells[act.cell] ?? 0)
      case 'unlock':
        return this.#giveBack(thread, act.lock)
      case 'write and unlock':
        this.#write(thread, act.cell)
        return this.#giveBack(thread, act.lock)
      case 'try':
        this.#log.tried(this.#lockThings[act.lock] ?? 0)
        this.#read[thread]?.push(this.#isFree(act.lock) ? -2 : -3)
        if (this.#isFree(act.lock)) this.#take(thread, act.lock, false)
        return
      case 'judge':
        if (this.#readCell(thread, act.cell) !== 0) {
          this.found++
          this.#judged = act.cell
        }
        return
      case 'halt':
        this.halted = this.#readCell(thread, act.cell) !== 0
        return
      case 'signal':
        return this.#signal(act.flag)
      case 'drop':
        return this.#drop(thread)
      case 'take':
        if (this.#learnsClosed(thread)) return
        this.#has[thread] = (this.#has[thread] ?? 0) + 1
        return this.#log.addValue(this.#takenThing, ++this.#taken)
      case 'close':
        if (this.#learnsClosed(thread)) return
        this.#isClosed = true
        this.#has[thread] = (this.#has[thread] ?? 0) + 1
        return this.#log.writeValue(this.#closedThing, 1)
      case 'give back':
        return this.#giveOneBack(thread)
      case 'part done':
        this.#log.drops(this.#flagThings[PARTS] ?? 0)
        this.#log.noteValue(this.#partsThing, --this.#parts)
        if (this.#parts === 0) this.#signal(PARTS)
        return
      case 'wait':
        return this.#log.waited(this.#flagThings[act.flag] ?? 0)
    }
  }

  #readCell(thread: number, cell: number): number {
    const value = this.#cells[cell] ?? 0
    this.#read[thread]?.push(value)
    this.#log.readValue(this.#cellThings[cell] ?? 0, value)
    return value
  }

  #write(thread: number, cell: number): void {
    const value = 10 * (this.#classOf(thread) + 1) + (this.#at[thread] ?? 0)
    this.#cells[cell] = value
    this.#log.writeValue(this.#cellThings[cell] ?? 0, value)
  }

  /** To have it alone. **Shape** gives whether it may take it now: else it stands in line. */
  #comes(thread: number, lock: number): boolean {
    if (this.#isShared[lock] !== true) return true
    const line = this.#line[lock] ?? []
    const at = line.indexOf(thread)
    if (at < 0) {
      this.#log.comes(this.#lockThings[lock] ?? 0)
      if (!this.#isFree(lock)) {
        line.push(thread)
        return false
      }
    } else {
      this.#log.resumes()
      line.splice(at, 1)
    }
    return true
  }

  #take(thread: number, lock: number, shared: boolean): void {
    if (shared) this.#sharers[lock]?.push(thread)
    else this.#owner[lock] = thread
    this.#log.acquire(this.#lockThings[lock] ?? 0, shared)
  }

  /** What the thread does not have it does not give back. */
  #giveBack(thread: number, lock: number): void {
    const sharers = this.#sharers[lock] ?? []
    const at = sharers.indexOf(thread)
    if (at >= 0) sharers.splice(at, 1)
    else if (this.#owner[lock] === thread) this.#owner[lock] = -1
    else return
    this.#log.release(this.#lockThings[lock] ?? 0)
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

  #learnsClosed(thread: number): boolean {
    this.#read[thread]?.push(this.#isClosed ? -4 : -5)
    this.#log.readValue(this.#closedThing, this.#isClosed ? 1 : 0)
    return this.#isClosed
  }

  #giveOneBack(thread: number): void {
    const has = this.#has[thread] ?? 0
    if (has === 0) return
    this.#has[thread] = has - 1
    const left = --this.#taken
    if (left === 0) {
      this.#log.writeValue(this.#takenThing, 0)
      this.#write(thread, 0)
      return
    }
    this.#log.addValue(this.#takenThing, left)
    if (left > 1) this.#log.drops(this.#takenThing)
    else this.#log.leavesOne(this.#takenThing)
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

  violations(): readonly Violation[] {
    const party = { who: 'a thread', what: 'judges', tick: 0, seq: 0 }
    const violation = {
      invariant: 'INV-1',
      rule: 'HAZ-1',
      message: `cell ${this.#judged} holds something`,
      actor: party,
      parties: [],
    }
    return this.found > 0 ? [violation] : []
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
