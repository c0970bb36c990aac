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
const AGAINST = Uint16Array.from({ length: 2 * LINES }, (_, bits) =>
  CONFLICTS.reduce((against, [bit, others]) => ((bits & bit) === 0 ? against : against | others), 0),
)

/** The machine may go down, which nothing commutes with. */
const DOWN = -1

/** What steps in a row touched. */
export class Touched {
  readonly #things = new Map<number, number>()
  /** Locks that were taken in these steps and not given back yet, and whether one might have had to wait with them. */
  readonly #open = new Map<number, boolean>()
  #all: readonly (readonly [thing: number, bits: number])[] | undefined

  add(thing: number, mode: Mode): void {
    this.#all = undefined
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
    this.#all = undefined
    this.#things.set(DOWN, CHANGES)
  }
}

function bitOf(mode: Mode): number {
  if (mode === TRIED) return TRIES
  if (mode === DROPPED) return ADDS | DROPS
  return mode === READ ? LOOKS : mode === ADD ? ADDS : CHANGES
}

/** **Shape** by slot: a sort of things, and whether they are of the thread's own group. */
type Slots = Map<number, number>

interface Node {
  readonly key: number
  /** The next stretch, and all that comes from here on. */
  readonly steps: Slots
  readonly future: Slots
  readonly next: Set<Node>
  readonly before: Set<Node>
  /** It was seen to take a step from here, or to have ended. */
  known: boolean
  /** How many of `next` are open. */
  openNext: number
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
  #broken = false

  /** A thread of `group` that knew `from` touched things, knows `to` now, and made threads that know `born`. */
  record(from: number, group: number, touched: Touched, things: Sorted, to: number, born: readonly number[]): void {
    const node = this.#node(from)
    this.#take(node, slotsOf(group, touched, things))
    for (const key of [to, ...born]) this.#link(node, this.#node(key))
    this.#see(node)
  }

  /** Another number whenever more is known. */
  get version(): number {
    return this.#version
  }

  ended(key: number): void {
    this.#see(this.#node(key))
  }

  /** May a thread of `group` that knows `key` ever do what conflicts with this? Yes, as long as it is not known. */
  mayMeet(key: number, group: number, touched: Touched, things: Sorted): boolean {
    const node = this.#node(key)
    // When the machine goes down nobody does anything any more.
    if (isOpen(node) || node.future.has(DOWN) || touched.goesDown) return true
    for (const [thing, bits] of touched.all) if (meetsAt(node.future, slotOf(thing, group, things), bits)) return true
    return false
  }

  /** Is it likely that the next step of a thread concerns another? By the steps that it was seen to take, knowing this. */
  likelyMeets(key: number, group: number, other: number, otherGroup: number): boolean {
    const node = this.#nodes.get(key)
    if (node?.known !== true) return true
    const ahead = this.#node(other)
    if (isOpen(ahead) || ahead.future.has(DOWN)) return true
    const { future } = ahead
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
    for (const [thing, bits] of touched.all) raise(relied, slotOf(thing, group, things), bits)
  }

  /** Does all that was relied on still hold? */
  get holds(): boolean {
    return !this.#broken
  }

  /** And was all seen that it rests on? Asked when nothing is left to explore. */
  get holdsForGood(): boolean {
    if (this.#broken) return false
    for (const node of this.#nodes.values()) if (node.relied.size > 0 && !isSeen(node)) return false
    return true
  }

  /** It did not, and who asked goes on all the same. */
  forgive(): void {
    this.#broken = false
  }

  /** The search begins anew: nothing rests on it any more. */
  forgetRelied(): void {
    this.#broken = false
    for (const { relied } of this.#nodes.values()) relied.clear()
  }

  /** What was left before it was seen what comes next: a search that goes another way may never come there. */
  forgetUnseen(): void {
    for (const unseen of this.#nodes.values()) {
      if (unseen.known) continue
      for (const node of unseen.before) {
        node.next.delete(unseen)
        node.openNext--
        if (!isOpen(node)) this.#closed(node)
      }
      unseen.before.clear()
    }
  }

  get saved(): SavedFutures {
    return [...this.#nodes.values()].map(({ key, steps, next, relied, known }) => [
      key,
      [...steps],
      [...next].map((one) => one.key),
      [...relied],
      known,
    ])
  }

  /** Know this as well. */
  learn(saved: SavedFutures): void {
    for (const [key, steps, next, relied, known] of saved) {
      const node = this.#node(key)
      for (const [slot, bits] of relied) node.relied.set(slot, (node.relied.get(slot) ?? 0) | bits)
      // What it rests on may be wrong by what is known here.
      for (const [slot, bits] of node.future) if (breaks(node, slot, bits)) this.#broken = true
      this.#take(node, new Map(steps))
      for (const one of next) this.#link(node, this.#node(one))
      if (known) this.#see(node)
    }
  }

  #node(key: number): Node {
    const found = this.#nodes.get(key)
    if (found !== undefined) return found
    const made: Node = {
      key,
      steps: new Map(),
      future: new Map(),
      next: new Set(),
      before: new Set(),
      known: false,
      openNext: 0,
      relied: new Map(),
    }
    this.#nodes.set(key, made)
    return made
  }

  #take(node: Node, steps: Slots): void {
    for (const [slot, bits] of steps) if (raise(node.steps, slot, bits)) this.#version++
    this.#gain(node, steps)
  }

  /** So much more may come from there on, and so from all places that lead there. */
  #gain(node: Node, more: Slots): void {
    const waiting: [Node, Slots][] = [[node, more]]
    for (const [at, slots] of waiting) {
      const news: Slots = new Map()
      for (const [slot, bits] of slots) {
        if (!raise(at.future, slot, bits)) continue
        news.set(slot, bits)
        if (breaks(at, slot, bits)) this.#broken = true
      }
      if (news.size > 0) for (const before of at.before) waiting.push([before, news])
    }
  }

  #link(node: Node, next: Node): void {
    if (node === next || node.next.has(next)) return
    this.#version++
    node.next.add(next)
    next.before.add(node)
    if (isOpen(next)) this.#opened(node)
    this.#gain(node, next.future)
  }

  /** It was seen what comes there. */
  #see(node: Node): void {
    if (node.known) return
    this.#version++
    node.known = true
    if (!isOpen(node)) this.#closed(node)
  }

  /** One more of those behind `first` is open. */
  #opened(first: Node): void {
    const waiting = [first]
    for (const node of waiting) {
      const wasOpen = isOpen(node)
      node.openNext++
      if (!wasOpen) waiting.push(...node.before)
    }
  }

  /** `first` is open no more. */
  #closed(first: Node): void {
    const waiting = [first]
    for (const node of waiting) {
      for (const before of node.before) {
        before.openNext--
        if (!isOpen(before)) waiting.push(before)
      }
    }
  }
}

/** Somewhere from there on nobody has seen yet what comes next. */
const isOpen = (node: Node): boolean => !node.known || node.openNext > 0

/** Everything that comes from there on was seen. */
function isSeen(first: Node): boolean {
  const ahead = new Set([first])
  for (const node of ahead) {
    if (!node.known) return false
    for (const next of node.next) ahead.add(next)
  }
  return true
}

/** Is that what it was relied on not to do? */
const breaks = ({ relied }: Node, slot: number, bits: number): boolean =>
  relied.size > 0 && (slot === DOWN || meetsAt(relied, slot, bits))

/** **Shape** gives whether that is news. */
function raise(slots: Slots, slot: number, bits: number): boolean {
  const before = slots.get(slot) ?? 0
  if ((before | bits) === before) return false
  slots.set(slot, before | bits)
  return true
}

function slotsOf(group: number, touched: Touched, things: Sorted): Slots {
  const slots: Slots = new Map()
  for (const [thing, bits] of touched.all) {
    const slot = slotOf(thing, group, things)
    slots.set(slot, (slots.get(slot) ?? 0) | bits)
  }
  return slots
}

function slotOf(thing: number, group: number, things: Sorted): number {
  if (thing === DOWN) return DOWN
  const own = things.groupOf(thing)
  return 2 * things.sortOf(thing) + (own >= 0 && own === group ? 1 : 0)
}

function meetsAt(future: Slots, slot: number, bits: number): boolean {
  const theirs = future.get(slot)
  if (theirs === undefined) return false
  return (theirs & (AGAINST[bits] as number)) !== 0
}
