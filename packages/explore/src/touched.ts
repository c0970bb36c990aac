/** What steps in a row touched, and which of it conflicts with what else. */
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  COMES,
  DROPPED,
  type Mode,
  NOTED,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
} from './access-mode.ts'
import type { Sorted, TouchedKind } from './touched-kinds.ts'

/** How something is touched, as bits. */
const LOOKS = 1
const CHANGES = 2
const ADDS = 4
/** A lock is taken and given back in one go, with nothing to wait for between; or kept otherwise; or tried. */
const SECTION = 8
const KEEPS = 16
const TRIES = 32
/** One is given back of those that are counted: conflicts as what adds. */
const DROPS = 64
/** A lock that was taken before is given back. */
const GIVES = 128
/** A lock is shared; somebody comes to have it alone, and may have to stand in line and keep out those who come to share it. */
const SHARES = 256
const LINES = 512

/** For each bit those that it conflicts with. Sections that touch different things may change places; who waits with a lock may not. */
const CONFLICTS: readonly (readonly [bit: number, others: number])[] = [
  [LOOKS, CHANGES | ADDS],
  [CHANGES, LOOKS | CHANGES | ADDS],
  [ADDS, LOOKS | CHANGES],
  [SECTION, KEEPS | TRIES],
  [KEEPS, SECTION | KEEPS | TRIES],
  [TRIES, SECTION | KEEPS | GIVES],
  [GIVES, TRIES],
  [SHARES, LINES],
  [LINES, SHARES],
]
/** The same for all that bits may add up to. */
export const AGAINST = Uint16Array.from({ length: 2 * LINES }, (_, bits) =>
  CONFLICTS.reduce((against, [bit, others]) => ((bits & bit) === 0 ? against : against | others), 0),
)

/** The machine may go down, which nothing commutes with. */
export const DOWN = -1

/** What steps in a row touched. */
export class Touched {
  readonly #things = new Map<number, number>()
  /** Locks that were taken in these steps and not given back yet, and whether one might have had to wait with them. */
  readonly #open = new Map<number, boolean>()
  #all: readonly (readonly [thing: number, bits: number])[] | undefined
  /** Whose things these are. */
  #owners: readonly number[] | undefined
  /** By the group of who sees it (see touched-kinds.ts). */
  readonly kinds = new Map<number, TouchedKind>()

  add(thing: number, mode: Mode): void {
    this.#change()
    switch (mode) {
      case NOTED:
      case SIGNALLED:
        return
      case WAITED:
        // Who waits comes after who signals: there is no other order. But it might have had to wait, with what it holds.
        this.#mightWait()
        return
      case RELEASE:
        this.#giveBack(thing)
        return
      case COMES:
        this.#mightWait()
        this.#raise(thing, LINES)
        return
      case ACQUIRE:
      case ACQUIRE_SHARED:
        this.#mightWait()
        this.#open.set(thing, false)
        if (mode === ACQUIRE_SHARED) this.#raise(thing, SHARES)
        return
      default:
        this.#raise(thing, bitOf(mode))
    }
  }

  /** What was not given back is kept. */
  get all(): readonly (readonly [thing: number, bits: number])[] {
    if (this.#all !== undefined) return this.#all
    const all = new Map(this.#things)
    for (const lock of this.#open.keys()) all.set(lock, (all.get(lock) ?? 0) | KEEPS)
    this.#all = [...all]
    return this.#all
  }

  /** Is one given back of those whose end the fence stands for? */
  drops(fence: number): boolean {
    return ((this.#things.get(fence) ?? 0) & DROPS) !== 0
  }

  /** Counts and fences of which one was given back. */
  get dropped(): readonly number[] {
    return this.all.flatMap(([thing, bits]) => ((bits & DROPS) === 0 ? [] : [thing]))
  }

  /** The same but for that thing. */
  without(thing: number): Touched {
    const rest = new Touched()
    for (const [other, bits] of this.all) if (other !== thing) rest.#things.set(other, bits)
    return rest
  }

  /** Is something of it the own of that group? */
  isOf(group: number, things: Sorted): boolean {
    if (group < 0) return false
    this.#owners ??= [...new Set(this.all.map(([thing]) => (thing === DOWN ? -1 : things.groupOf(thing))))]
    return this.#owners.includes(group)
  }

  #change(): void {
    this.#all = undefined
    this.#owners = undefined
    this.kinds.clear()
  }

  #raise(thing: number, bits: number): void {
    this.#things.set(thing, (this.#things.get(thing) ?? 0) | bits)
  }

  #mightWait(): void {
    for (const lock of this.#open.keys()) this.#open.set(lock, true)
  }

  #giveBack(lock: number): void {
    const mightHaveWaited = this.#open.get(lock)
    this.#raise(lock, mightHaveWaited === undefined ? GIVES : mightHaveWaited ? KEEPS : SECTION)
    this.#open.delete(lock)
  }

  get goesDown(): boolean {
    return this.#things.has(DOWN)
  }

  /** The machine went down. */
  down(): void {
    this.#change()
    this.#things.set(DOWN, CHANGES)
  }
}

function bitOf(mode: Mode): number {
  if (mode === TRIED) return TRIES
  if (mode === DROPPED) return ADDS | DROPS
  return mode === READ ? LOOKS : mode === ADD ? ADDS : CHANGES
}
