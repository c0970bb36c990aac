/** What steps in a row touched, and what that conflicts with. */
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
/** A lock is taken and released with nothing to wait for in between; or held otherwise; or tried. */
const SECTION = 8
const KEEPS = 16
const TRIES = 32
/** A count goes down: conflicts as `ADDS` does. */
const DROPS = 64
/** A lock that was taken before is released. */
const GIVES = 128
/** A lock is taken shared; or a thread comes to take it exclusively, and may stand in line and keep out those that share. */
const SHARES = 256
const LINES = 512

/** For each bit the bits that it conflicts with. Sections that touch different things may change places, unless one may wait. */
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
/** The same for every combination of bits. */
export const AGAINST = Uint16Array.from({ length: 2 * LINES }, (_, bits) =>
  CONFLICTS.reduce((against, [bit, others]) => ((bits & bit) === 0 ? against : against | others), 0),
)

/** Stands for the machine going down, which commutes with nothing. */
export const DOWN = -1

/** **Shape** `bits` for each of `things`; there are few, so search is linear. */
interface Bits {
  readonly things: number[]
  readonly bits: number[]
}

/** What steps in a row touched. */
export class Touched {
  readonly #own: Bits = { things: [], bits: [] }
  /** Locks that were taken in these steps and not released yet, and those of them that were held where a step might wait. */
  #open: number[] = []
  #waited: readonly number[] = []
  #all: Bits | undefined
  /** Groups that own one of the things. */
  #owners: readonly number[] | undefined
  /** By the group from whose point of view it is (see touched-kinds.ts). */
  #kinds: Map<number, TouchedKind> | undefined

  add(thing: number, mode: Mode): void {
    if (this.#all !== undefined) this.#change()
    switch (mode) {
      case NOTED:
      case SIGNALLED:
        return
      case WAITED:
        // A wait comes after its signal: there is no other order. But it might have had to wait, with the locks that it holds.
        this.#waited = [...this.#open]
        return
      case RELEASE:
        this.#giveBack(thing)
        return
      case COMES:
        this.#waited = [...this.#open]
        raise(this.#own, thing, LINES)
        return
      case ACQUIRE:
      case ACQUIRE_SHARED:
        this.#waited = [...this.#open]
        if (!this.#open.includes(thing)) this.#open.push(thing)
        this.#waited = this.#waited.filter((lock) => lock !== thing)
        if (mode === ACQUIRE_SHARED) raise(this.#own, thing, SHARES)
        return
      default:
        raise(this.#own, thing, bitOf(mode))
    }
  }

  /** Everything touched; locks that were not released count as held. */
  get all(): Bits {
    if (this.#all !== undefined) return this.#all
    const all = { things: [...this.#own.things], bits: [...this.#own.bits] }
    for (const lock of this.#open) raise(all, lock, KEEPS)
    this.#all = all
    return all
  }

  /** Does it drop one of those whose end the fence stands for? */
  drops(fence: number): boolean {
    return (bitsOf(this.#own, fence) & DROPS) !== 0
  }

  /** Counts and fences of which one was dropped. */
  get dropped(): readonly number[] {
    return this.all.things.filter((_, i) => ((this.all.bits[i] as number) & DROPS) !== 0)
  }

  /** The same without that thing. */
  without(thing: number): Touched {
    const rest = new Touched()
    const { things, bits } = this.all
    for (const [i, other] of things.entries()) if (other !== thing) raise(rest.#own, other, bits[i] as number)
    return rest
  }

  /** Does the group own one of the things? */
  isOf(group: number, things: Sorted): boolean {
    if (group < 0) return false
    this.#owners ??= ownersOf(this.all.things, things)
    return this.#owners.includes(group)
  }

  /** Its kind from the point of view of group `who`, if known. */
  kindFor(who: number): TouchedKind | undefined {
    return this.#kinds?.get(who)
  }

  isKindFor(who: number, kind: TouchedKind): void {
    this.#kinds ??= new Map()
    this.#kinds.set(who, kind)
  }

  get goesDown(): boolean {
    return bitsOf(this.#own, DOWN) !== 0
  }

  /** The run is over: the machine went down, or a violation was found. */
  down(): void {
    this.#change()
    raise(this.#own, DOWN, CHANGES)
  }

  #change(): void {
    this.#all = undefined
    this.#owners = undefined
    this.#kinds = undefined
  }

  #giveBack(lock: number): void {
    const isOpen = this.#open.includes(lock)
    raise(this.#own, lock, !isOpen ? GIVES : this.#waited.includes(lock) ? KEEPS : SECTION)
    if (isOpen) this.#open = this.#open.filter((other) => other !== lock)
  }
}

function raise({ things, bits }: Bits, thing: number, more: number): void {
  const at = things.indexOf(thing)
  if (at >= 0) {
    bits[at] = (bits[at] as number) | more
    return
  }
  things.push(thing)
  bits.push(more)
}

function bitsOf({ things, bits }: Bits, thing: number): number {
  return bits[things.indexOf(thing)] ?? 0
}

function ownersOf(touched: readonly number[], things: Sorted): readonly number[] {
  const owners: number[] = []
  for (const thing of touched) {
    const owner = thing === DOWN ? -1 : things.groupOf(thing)
    if (owner >= 0 && !owners.includes(owner)) owners.push(owner)
  }
  return owners
}

function bitOf(mode: Mode): number {
  if (mode === TRIED) return TRIES
  if (mode === DROPPED) return ADDS | DROPS
  return mode === READ ? LOOKS : mode === ADD ? ADDS : CHANGES
}
