/**
 * What threads may still touch, by what they know: learned from all steps that were taken so far.
 *
 * A step that conflicts with nothing that any other thread may ever do from here on need not be tried in another order: it
 * alone is gone on from (a persistent set of one). As what is known grows, each such choice is held against it again; when
 * one turns out wrong, who explores begins anew, knowing more.
 */
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  type Mode,
  NOTED,
  READ,
  RELEASE,
  SIGNALLED,
  TRIED,
  WAITED,
} from './access-mode.ts'

/** How something is touched, as bits. */
const LOOKS = 1
const CHANGES = 2
const ADDS = 4
/** A lock is taken and given back in one go, with nothing to wait for between; or kept otherwise; or tried. */
const SECTION = 8
const KEEPS = 16
const TRIES = 32

/** For each bit those that it conflicts with. Sections that touch different things may change places; who waits with a lock may not. */
const AGAINST: readonly (readonly [bit: number, others: number])[] = [
  [LOOKS, CHANGES | ADDS],
  [CHANGES, LOOKS | CHANGES | ADDS],
  [ADDS, LOOKS | CHANGES],
  [SECTION, KEEPS | TRIES],
  [KEEPS, SECTION | KEEPS | TRIES],
  [TRIES, SECTION | KEEPS],
]

/** The machine may go down, which nothing commutes with. */
const DOWN = -1
/** Somewhere ahead nobody has seen yet what comes next. */
const UNSEEN = -2

/** What steps in a row touched. */
export class Touched {
  readonly #things = new Map<number, number>()
  /** Locks that were taken in these steps and not given back yet, and whether one might have had to wait with them. */
  readonly #open = new Map<number, boolean>()

  add(thing: number, mode: Mode): void {
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
      case ACQUIRE:
      case ACQUIRE_SHARED:
        this.#mightWait()
        this.#open.set(thing, false)
        return
      default:
        this.#raise(thing, bitOf(mode))
    }
  }

  /** By thing. What was not given back is kept. */
  get all(): ReadonlyMap<number, number> {
    if (this.#open.size === 0) return this.#things
    const all = new Map(this.#things)
    for (const lock of this.#open.keys()) all.set(lock, (all.get(lock) ?? 0) | KEEPS)
    return all
  }

  #raise(thing: number, bits: number): void {
    this.#things.set(thing, (this.#things.get(thing) ?? 0) | bits)
  }

  #mightWait(): void {
    for (const lock of this.#open.keys()) this.#open.set(lock, true)
  }

  #giveBack(lock: number): void {
    const mightHaveWaited = this.#open.get(lock)
    if (mightHaveWaited !== undefined) this.#raise(lock, mightHaveWaited ? KEEPS : SECTION)
    this.#open.delete(lock)
  }

  /** The machine went down. */
  down(): void {
    this.#things.set(DOWN, CHANGES)
  }
}

function bitOf(mode: Mode): number {
  if (mode === TRIED) return TRIES
  return mode === READ ? LOOKS : mode === ADD ? ADDS : CHANGES
}

/** **Shape** by slot: a sort of things, and whether they are of the thread's own group. */
type Slots = Map<number, number>

interface Node {
  readonly steps: Slots
  readonly next: Set<number>
  /** It was seen to take a step from here, or to have ended. */
  known: boolean
  /** What it was relied on not to do. */
  readonly relied: Slots
}

/** As data: key, steps, next, relied; and whether it is known. */
export type SavedFutures = readonly (readonly [
  key: number,
  steps: readonly (readonly [number, number])[],
  next: readonly number[],
  relied: readonly (readonly [number, number])[],
  known: boolean,
])[]

/** The same with nothing resting on it. */
export const unrelied = (saved: SavedFutures): SavedFutures =>
  saved.map(([key, steps, next, , known]) => [key, steps, next, [], known])

/** What it takes to know a thing from run to run. */
export interface Sorted {
  sortOf(thing: number): number
  groupOf(thing: number): number
}

export class Futures {
  readonly #nodes = new Map<number, Node>()
  #version = 0
  #checked = 0
  /** Of the version `#version`. */
  readonly #known = new Map<number, Slots>()
  #knownVersion = 0

  /** A thread of `group` that knew `from` touched things, knows `to` now, and made threads that know `born`. */
  record(from: number, group: number, touched: Touched, things: Sorted, to: number, born: readonly number[]): void {
    const node = this.#node(from)
    const steps = slotsOf(group, touched, things)
    if (!node.known) this.#version++
    node.known = true
    for (const [slot, bits] of steps) this.#raise(node.steps, slot, bits)
    for (const key of [to, ...born]) {
      if (node.next.has(key)) continue
      node.next.add(key)
      this.#version++
    }
  }

  /** Another number whenever more is known. */
  get version(): number {
    return this.#version
  }

  ended(key: number): void {
    const node = this.#node(key)
    if (!node.known) this.#version++
    node.known = true
  }

  /** May a thread of `group` that knows `key` ever do what conflicts with this? Yes, as long as it is not known. */
  mayMeet(key: number, group: number, touched: Touched, things: Sorted): boolean {
    const future = this.#future(key)
    return isOpen(future) || meets(future, slotsOf(group, touched, things))
  }

  /** Is it likely that the next step of a thread concerns another? By the steps that it was seen to take, knowing this. */
  likelyMeets(key: number, group: number, other: number, otherGroup: number): boolean {
    const node = this.#nodes.get(key)
    if (node?.known !== true) return true
    const future = this.#future(other)
    if (isOpen(future)) return true
    for (const [slot, bits] of node.steps) {
      // What is the thread's own is not the other's, unless they are of one group; what is not may be.
      const isOwn = slot % 2 === 1
      if (meetsAt(future, isOwn && group !== otherGroup ? slot - 1 : slot, bits)) return true
      if (!isOwn && meetsAt(future, slot + 1, bits)) return true
    }
    return false
  }

  /** Something rests on what `mayMeet` said. */
  relyOn(key: number, group: number, touched: Touched, things: Sorted): void {
    const { relied } = this.#node(key)
    for (const [slot, bits] of slotsOf(group, touched, things)) relied.set(slot, (relied.get(slot) ?? 0) | bits)
  }

  /** Does all that was relied on still hold? */
  get holds(): boolean {
    if (this.#checked === this.#version) return true
    this.#checked = this.#version
    return this.#all((future, relied) => !future.has(DOWN) && !meets(future, relied))
  }

  /** And was all seen that it rests on? Asked when nothing is left to explore. */
  get holdsForGood(): boolean {
    return this.#all((future, relied) => !isOpen(future) && !meets(future, relied))
  }

  #all(test: (future: Slots, relied: Slots) => boolean): boolean {
    for (const [key, { relied }] of this.#nodes) {
      if (relied.size > 0 && !test(this.#future(key), relied)) return false
    }
    return true
  }

  /** The search begins anew: nothing rests on it any more. */
  forgetRelied(): void {
    for (const { relied } of this.#nodes.values()) relied.clear()
  }

  /** What was left before it was seen what comes next: a search that goes another way may never come there. */
  forgetUnseen(): void {
    this.#version++
    for (const { next } of this.#nodes.values()) {
      for (const key of next) if (this.#nodes.get(key)?.known !== true) next.delete(key)
    }
  }

  get saved(): SavedFutures {
    return [...this.#nodes].map(([key, { steps, next, relied, known }]) => [
      key,
      [...steps],
      [...next],
      [...relied],
      known,
    ])
  }

  /** Know this as well. */
  learn(saved: SavedFutures): void {
    this.#version++
    for (const [key, steps, next, relied, known] of saved) {
      const node = this.#node(key)
      node.known ||= known
      for (const [slot, bits] of steps) this.#raise(node.steps, slot, bits)
      for (const one of next) node.next.add(one)
      for (const [slot, bits] of relied) node.relied.set(slot, (node.relied.get(slot) ?? 0) | bits)
    }
  }

  #node(key: number): Node {
    const found = this.#nodes.get(key)
    if (found !== undefined) return found
    const made: Node = { steps: new Map(), next: new Set(), known: false, relied: new Map() }
    this.#nodes.set(key, made)
    return made
  }

  #raise(slots: Slots, slot: number, bits: number): void {
    const before = slots.get(slot) ?? 0
    if ((before | bits) === before) return
    slots.set(slot, before | bits)
    this.#version++
  }

  /** All that comes from there on. */
  #future(key: number): Slots {
    if (this.#knownVersion !== this.#version) {
      this.#known.clear()
      this.#knownVersion = this.#version
    }
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const future: Slots = new Map()
    const seen = new Set([key])
    for (const at of seen) {
      const node = this.#nodes.get(at)
      if (node?.known !== true) future.set(UNSEEN, CHANGES)
      if (node === undefined) continue
      for (const [slot, bits] of node.steps) future.set(slot, (future.get(slot) ?? 0) | bits)
      for (const next of node.next) seen.add(next)
    }
    this.#known.set(key, future)
    return future
  }
}

const isOpen = (future: Slots): boolean => future.has(DOWN) || future.has(UNSEEN)

function slotsOf(group: number, touched: Touched, things: Sorted): Slots {
  const slots: Slots = new Map()
  for (const [thing, bits] of touched.all) {
    const slot = thing === DOWN ? DOWN : slotOf(thing, group, things)
    slots.set(slot, (slots.get(slot) ?? 0) | bits)
  }
  return slots
}

function slotOf(thing: number, group: number, things: Sorted): number {
  const own = things.groupOf(thing)
  return 2 * things.sortOf(thing) + (own >= 0 && own === group ? 1 : 0)
}

function meets(future: Slots, touched: Slots): boolean {
  for (const [slot, bits] of touched) if (meetsAt(future, slot, bits)) return true
  return false
}

function meetsAt(future: Slots, slot: number, bits: number): boolean {
  const theirs = future.get(slot)
  if (theirs === undefined) return false
  for (const [bit, others] of AGAINST) if ((bits & bit) !== 0 && (theirs & others) !== 0) return true
  return false
}
