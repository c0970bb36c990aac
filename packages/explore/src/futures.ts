/**
 * What threads may still touch, by what they know: learned from all steps that were taken so far.
 *
 * A step that conflicts with nothing that any other thread may ever do from here on need not be tried in another order: it
 * alone is gone on from (a persistent set of one). As what is known grows, each such choice is held against it again; when
 * one turns out wrong, who explores goes back to where it was made (grounds.ts), or starts over, knowing more.
 */
import { meetsAt, raise, type Slots } from './slots.ts'
import { DOWN, type Touched } from './touched.ts'
import { type Sorted, TouchedKinds } from './touched-kinds.ts'

interface Node {
  readonly key: number
  /** Numbered as they were made. */
  readonly id: number
  /** The next stretch, and all that comes from here on. */
  readonly steps: Slots
  readonly future: Slots
  readonly next: Set<Node>
  readonly before: Set<Node>
  /** It was seen to take a step from here, or to have ended. */
  known: boolean
  /** How many of `next` are open. */
  openNext: number
  /** What it was relied on not to do, and by which claims (see grounds.ts). */
  readonly relied: Slots
  claims: number[]
  /** Something without a claim relies on it, too. */
  firmly: boolean
  /** What it was seen to touch on its way where, as `record` has heard it. */
  readonly heard: Set<number>
  /** Others whom its next step is likely to concern, or not; as long as no more is known than then. */
  readonly likely: Map<number, boolean>
  likelyAt: number
}

/** As data. */
export type SavedFutures = readonly (readonly [
  key: number,
  steps: readonly (readonly [number, number])[],
  next: readonly number[],
  known: boolean,
  relied: readonly (readonly [number, number])[],
  claims: readonly number[],
  firmly: boolean,
  isSuspect: boolean,
])[]

/** The same with nothing resting on it. */
export const unrelied = (saved: SavedFutures): SavedFutures =>
  saved.map(([key, steps, next, known]) => [key, steps, next, known, [], [], false, false])

/** The same for who does not know the claims. */
export const unclaimed = (saved: SavedFutures): SavedFutures =>
  saved.map(([key, steps, next, known, relied, , , isSuspect]) => {
    return [key, steps, next, known, relied, [], relied.length > 0, isSuspect]
  })

/** What one learns, for others who explore the same: so many words for each thing. */
export type News = readonly number[]
const TOUCHES = 0
const LEADS_TO = 1
const SEEN = 2
const WORDS_OF_NEWS = 4

/** More than there will ever be. */
const MOST_NODES = 2 ** 26

export class Futures {
  readonly #nodes = new Map<number, Node>()
  readonly #kinds = new TouchedKinds()
  #version = 0
  #broken = false
  /** Those that may do what they were relied on not to do, by claims alone. */
  readonly #suspects = new Set<Node>()
  /** What was learned here since somebody asked; only where anybody does. */
  #news: number[] = []
  #tells: boolean

  /** **Shape** `tells`: there are others who want to know what is learned here. */
  constructor(tells = false) {
    this.#tells = tells
  }

  get tells(): boolean {
    return this.#tells
  }

  /** What was learned here since this was asked last. */
  takeNews(): News {
    const news = this.#news
    this.#news = []
    return news
  }

  /** Know what another has learned. */
  hear(news: News): void {
    const { tells } = this
    this.#tells = false
    for (let i = 0; i < news.length; i += WORDS_OF_NEWS) {
      const [what, key = 0, a = 0, b = 0] = news.slice(i, i + WORDS_OF_NEWS)
      const node = this.#node(key)
      if (what === TOUCHES) this.#take(node, [[a, b]])
      else if (what === LEADS_TO) this.#link(node, this.#node(a))
      else this.#see(node)
    }
    this.#tells = tells
  }

  #tell(what: number, { key }: Node, a: number, b: number): void {
    this.#version++
    if (this.#tells) this.#news.push(what, key, a, b)
  }

  /** A thread of `group` that knew `from` touched things, knows `to` now, and made threads that know `born`. */
  record(from: number, group: number, touched: Touched, things: Sorted, to: number, born: readonly number[]): void {
    const node = this.#node(from)
    const kind = this.#kinds.of(touched, group, things)
    const next = this.#node(to)
    const what = kind.id * MOST_NODES + next.id
    // Of what was heard before only threads that were made are news.
    if (born.length === 0 && node.heard.has(what)) return
    node.heard.add(what)
    this.#take(node, kind.slots)
    this.#link(node, next)
    for (const key of born) this.#link(node, this.#node(key))
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
    const kind = this.#kinds.of(touched, group, things)
    const answers = kind.answersOf(this.#version)
    const known = answers.get(node.id)
    if (known !== undefined) return known
    // When the machine goes down nobody does anything any more.
    const meets = isOpen(node) || node.future.has(DOWN) || kind.goesDown || meetsAny(node.future, kind.slots)
    answers.set(node.id, meets)
    return meets
  }

  /** Is it likely that the next step of a thread concerns another? By the steps that it was seen to take, knowing this. */
  likelyMeets(key: number, group: number, other: number, otherGroup: number): boolean {
    const node = this.#nodes.get(key)
    if (node?.known !== true) return true
    const ahead = this.#node(other)
    if (node.likelyAt !== this.#version) {
      node.likely.clear()
      node.likelyAt = this.#version
    }
    const asked = 2 * ahead.id + (group === otherGroup ? 1 : 0)
    const known = node.likely.get(asked)
    if (known !== undefined) return known
    const meets = isOpen(ahead) || ahead.future.has(DOWN) || likelyMeets(node.steps, ahead.future, group === otherGroup)
    node.likely.set(asked, meets)
    return meets
  }

  /** Something rests on what `mayMeet` said. **Shape** `claim`: what; -1 for what cannot be gone back to. */
  relyOn(key: number, group: number, touched: Touched, things: Sorted, claim: number): void {
    const node = this.#node(key)
    const kind = this.#kinds.of(touched, group, things)
    if (claim < 0) node.firmly = true
    else node.claims.push(claim)
    if (kind.reliedOn.has(node.id)) return
    kind.reliedOn.add(node.id)
    for (const [slot, bits] of kind.slots) raise(node.relied, slot, bits)
  }

  /** Claims that may be wrong: nothing rests on those whom they concern any more. Asked when nothing is left to explore. */
  takeDoubtful(): readonly number[] {
    for (const node of this.#nodes.values()) {
      if (node.claims.length > 0 && !node.firmly && !isSeen(node)) this.#suspects.add(node)
    }
    const claims = new Set<number>()
    for (const node of this.#suspects) {
      for (const claim of node.claims) claims.add(claim)
      node.claims = []
      node.relied.clear()
      this.#kinds.forgetReliedOn(node.id)
    }
    this.#suspects.clear()
    return [...claims].sort((a, b) => b - a)
  }

  /** Is all that was relied on without a claim as it was? */
  get holds(): boolean {
    return !this.#broken
  }

  /** And was all seen that it rests on? Asked when nothing is left to explore. */
  get holdsForGood(): boolean {
    if (this.#broken || this.#suspects.size > 0) return false
    for (const node of this.#nodes.values()) if (node.relied.size > 0 && !isSeen(node)) return false
    return true
  }

  /** It did not, and who asked goes on all the same. */
  forgive(): void {
    this.#broken = false
  }

  /** The search starts over: nothing rests on it any more. */
  forgetRelied(): void {
    this.#broken = false
    this.#suspects.clear()
    for (const node of this.#nodes.values()) {
      node.relied.clear()
      node.claims = []
      node.firmly = false
    }
    this.#kinds.forgetRelied()
  }

  /** What was left before it was seen what comes next: a search that goes another way may never come there. */
  forgetUnseen(): void {
    for (const unseen of this.#nodes.values()) {
      if (unseen.known) continue
      for (const node of unseen.before) {
        node.heard.clear()
        node.next.delete(unseen)
        node.openNext--
        if (!isOpen(node)) this.#closed(node)
      }
      unseen.before.clear()
    }
  }

  get saved(): SavedFutures {
    return [...this.#nodes.values()].map((node) => {
      const { key, steps, next, known, relied, claims, firmly } = node
      const keys = [...next].map((one) => one.key)
      return [
        key,
        [...steps],
        keys,
        known,
        [...relied],
        [...claims],
        firmly,
        this.#suspects.has(node) || isBroken(node),
      ]
    })
  }

  /** What was saved; nothing was known before. */
  restore(saved: SavedFutures): void {
    this.learn(unrelied(saved))
    for (const [key, , , , relied, claims, firmly, isSuspect] of saved) {
      const node = this.#node(key)
      for (const [slot, bits] of relied) node.relied.set(slot, bits)
      node.claims = [...claims]
      node.firmly = firmly
      if (!isSuspect) continue
      if (claims.length > 0) this.#suspects.add(node)
      else this.#broken = true
    }
  }

  /** Know this as well; nobody is told. */
  learn(saved: SavedFutures): void {
    const { tells } = this
    this.#tells = false
    for (const [key, steps, next, known, relied] of saved) {
      const node = this.#node(key)
      for (const [slot, bits] of relied) node.relied.set(slot, (node.relied.get(slot) ?? 0) | bits)
      node.firmly ||= relied.length > 0
      // What it rests on may be wrong by what is known here.
      if (isBroken(node)) this.#isWrong(node)
      this.#take(node, new Map(steps))
      for (const one of next) this.#link(node, this.#node(one))
      if (known) this.#see(node)
    }
    this.#tells = tells
  }

  #node(key: number): Node {
    const found = this.#nodes.get(key)
    if (found !== undefined) return found
    const made: Node = {
      key,
      id: this.#nodes.size,
      steps: new Map(),
      future: new Map(),
      next: new Set(),
      before: new Set(),
      known: false,
      openNext: 0,
      relied: new Map(),
      claims: [],
      firmly: false,
      heard: new Set(),
      likely: new Map(),
      likelyAt: -1,
    }
    this.#nodes.set(key, made)
    return made
  }

  #take(node: Node, steps: Iterable<readonly [slot: number, bits: number]>): void {
    for (const [slot, bits] of steps) if (raise(node.steps, slot, bits)) this.#tell(TOUCHES, node, slot, bits)
    this.#gain(node, steps)
  }

  /** So much more may come from there on, and so from all places that lead there. */
  #gain(node: Node, more: Iterable<readonly [slot: number, bits: number]>): void {
    const waiting: [Node, Iterable<readonly [slot: number, bits: number]>][] = [[node, more]]
    for (const [at, slots] of waiting) {
      const news: Slots = new Map()
      for (const [slot, bits] of slots) {
        if (!raise(at.future, slot, bits)) continue
        news.set(slot, bits)
        if (breaks(at, slot, bits)) this.#isWrong(at)
      }
      if (news.size > 0) for (const before of at.before) waiting.push([before, news])
    }
  }

  #isWrong(node: Node): void {
    if (node.firmly) this.#broken = true
    else this.#suspects.add(node)
  }

  #link(node: Node, next: Node): void {
    if (node === next || node.next.has(next)) return
    this.#tell(LEADS_TO, node, next.key, 0)
    node.next.add(next)
    next.before.add(node)
    if (isOpen(next)) this.#opened(node)
    this.#gain(node, next.future)
  }

  /** It was seen what comes there. */
  #see(node: Node): void {
    if (node.known) return
    this.#tell(SEEN, node, 0, 0)
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

/** Does it already do what it was relied on not to do? */
function isBroken(node: Node): boolean {
  for (const [slot, bits] of node.future) if (breaks(node, slot, bits)) return true
  return false
}

function meetsAny(future: Slots, touched: Iterable<readonly [slot: number, bits: number]>): boolean {
  for (const [slot, bits] of touched) if (meetsAt(future, slot, bits)) return true
  return false
}

/** What is a thread's own is not another's, unless they are of one group; what is not may be. */
function likelyMeets(steps: Slots, future: Slots, isOneGroup: boolean): boolean {
  for (const [slot, bits] of steps) {
    const isOwn = slot % 2 === 1
    if (meetsAt(future, isOwn && !isOneGroup ? slot - 1 : slot, bits)) return true
    if (!isOwn && meetsAt(future, slot + 1, bits)) return true
  }
  return false
}
