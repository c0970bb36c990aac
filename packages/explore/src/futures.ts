/**
 * What threads may still touch, given what they know: learned from all steps that were taken so far.
 *
 * A step that conflicts with nothing that any other thread may ever do from here on need not be tried in another order: only
 * it is explored (a persistent set of one). As more becomes known, each such choice is checked again; when one turns out
 * wrong, the search goes back to where it was made (grounds.ts), or starts over, knowing more.
 */
import { meetsAt, raise, type Slots } from './slots.ts'
import { DOWN, type Touched } from './touched.ts'
import { type Sorted, TouchedKinds } from './touched-kinds.ts'

interface Node {
  readonly key: number
  /** Nodes are numbered in the order of their making. */
  readonly id: number
  /** What the next stretch touches, and everything from here on. */
  readonly steps: Slots
  readonly future: Slots
  readonly next: Set<Node>
  readonly before: Set<Node>
  /** A thread was seen to take a step from here, or to end here. */
  known: boolean
  /** How many of `next` are open, see `isOpen`. */
  openNext: number
  /** Threads here were relied on not to conflict with this, by these claims (see grounds.ts). */
  readonly relied: Slots
  claims: number[]
  /** It is also relied on without a claim. */
  firmly: boolean
  /** What `record` has heard of it before: what was touched on the way to which node. */
  readonly heard: Set<number>
  /** Whether its next step is likely to conflict with another node, at version `likelyAt`. */
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

/** The same, with nothing relied on. */
export const unrelied = (saved: SavedFutures): SavedFutures =>
  saved.map(([key, steps, next, known]) => [key, steps, next, known, [], [], false, false])

/** The same for a search that does not know the claims. */
export const unclaimed = (saved: SavedFutures): SavedFutures =>
  saved.map(([key, steps, next, known, relied, , , isSuspect]) => {
    return [key, steps, next, known, relied, [], relied.length > 0, isSuspect]
  })

/** What one worker learns, for the others: a few words for each fact. */
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
  /** Nodes that may do what they were relied on, by claims alone, not to do. */
  readonly #suspects = new Set<Node>()
  /** What was learned here since `takeNews`, if there are others to tell. */
  #news: number[] = []
  #tells: boolean

  /** **Shape** `tells`: other workers want to know what is learned here. */
  constructor(tells = false) {
    this.#tells = tells
  }

  get tells(): boolean {
    return this.#tells
  }

  /** What was learned here since the last call. */
  takeNews(): News {
    const news = this.#news
    this.#news = []
    return news
  }

  /** Take in what another worker has learned. */
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

  /** A thread of `group` that knew `from` touched this, knows `to` now, and made threads that know `born`. */
  record(from: number, group: number, touched: Touched, things: Sorted, to: number, born: readonly number[]): void {
    const node = this.#node(from)
    const kind = this.#kinds.of(touched, group, things)
    const next = this.#node(to)
    const what = kind.id * MOST_NODES + next.id
    // If this was heard before, only new threads can be news.
    if (born.length === 0 && node.heard.has(what)) return
    node.heard.add(what)
    this.#take(node, kind.slots)
    this.#link(node, next)
    for (const key of born) this.#link(node, this.#node(key))
    this.#see(node)
  }

  /** Changes whenever more is known. */
  get version(): number {
    return this.#version
  }

  ended(key: number): void {
    this.#see(this.#node(key))
  }

  /** May a thread of `group` that knows `key` ever conflict with this? Yes, as long as its future is not fully known. */
  mayMeet(key: number, group: number, touched: Touched, things: Sorted): boolean {
    const node = this.#node(key)
    const kind = this.#kinds.of(touched, group, things)
    const answers = kind.answersOf(this.#version)
    const known = answers.get(node.id)
    if (known !== undefined) return known
    // When the machine goes down, nobody does anything any more.
    const meets = isOpen(node) || node.future.has(DOWN) || kind.goesDown || meetsAny(node.future, kind.slots)
    answers.set(node.id, meets)
    return meets
  }

  /** Is the next step of a thread likely to conflict with another, judging by the steps that it was seen to take here? */
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

  /** Rely on the answer of `mayMeet`. **Shape** `claim`: for which claim; -1 for what the search cannot go back to. */
  relyOn(key: number, group: number, touched: Touched, things: Sorted, claim: number): void {
    const node = this.#node(key)
    const kind = this.#kinds.of(touched, group, things)
    if (claim < 0) node.firmly = true
    else node.claims.push(claim)
    if (kind.reliedOn.has(node.id)) return
    kind.reliedOn.add(node.id)
    for (const [slot, bits] of kind.slots) raise(node.relied, slot, bits)
  }

  /** The claims that may be wrong; their nodes are not relied on any more. Called when nothing is left to explore. */
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

  /** Does everything hold that was relied on without a claim? */
  get holds(): boolean {
    return !this.#broken
  }

  /** Does everything hold for good, all futures that were relied on having been seen? Asked when nothing is left to explore. */
  get holdsForGood(): boolean {
    if (this.#broken || this.#suspects.size > 0) return false
    for (const node of this.#nodes.values()) if (node.relied.size > 0 && !isSeen(node)) return false
    return true
  }

  /** Go on although something did not hold. */
  forgive(): void {
    this.#broken = false
  }

  /** The search starts over: nothing is relied on any more. */
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

  /** Forget nodes from which no step was seen: a search that takes other ways may never get there. */
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

  /** Take over what was saved; nothing was known before. */
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

  /** Add what was saved to what is known; it is no news for others. */
  learn(saved: SavedFutures): void {
    const { tells } = this
    this.#tells = false
    for (const [key, steps, next, known, relied] of saved) {
      const node = this.#node(key)
      for (const [slot, bits] of relied) node.relied.set(slot, (node.relied.get(slot) ?? 0) | bits)
      node.firmly ||= relied.length > 0
      // What is relied on may be wrong, given what is known here.
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

  /** The future of a node grows, and with it that of all nodes that lead there. */
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

  /** It was seen what comes next there. */
  #see(node: Node): void {
    if (node.known) return
    this.#tell(SEEN, node, 0, 0)
    node.known = true
    if (!isOpen(node)) this.#closed(node)
  }

  /** One more successor of `first` is open. */
  #opened(first: Node): void {
    const waiting = [first]
    for (const node of waiting) {
      const wasOpen = isOpen(node)
      node.openNext++
      if (!wasOpen) waiting.push(...node.before)
    }
  }

  /** `first` is not open any more. */
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

/** Is there a node from here on of which nobody has seen yet what comes next? */
const isOpen = (node: Node): boolean => !node.known || node.openNext > 0

/** Was everything seen that comes from here on? */
function isSeen(first: Node): boolean {
  const ahead = new Set([first])
  for (const node of ahead) {
    if (!node.known) return false
    for (const next of node.next) ahead.add(next)
  }
  return true
}

/** Does this conflict with what the node was relied on for? */
const breaks = ({ relied }: Node, slot: number, bits: number): boolean =>
  relied.size > 0 && (slot === DOWN || meetsAt(relied, slot, bits))

/** Is it already known to do what it was relied on not to do? */
function isBroken(node: Node): boolean {
  for (const [slot, bits] of node.future) if (breaks(node, slot, bits)) return true
  return false
}

function meetsAny(future: Slots, touched: Iterable<readonly [slot: number, bits: number]>): boolean {
  for (const [slot, bits] of touched) if (meetsAt(future, slot, bits)) return true
  return false
}

/** A thing owned by a thread's group is not owned by another group; a thing not owned by it may be. */
function likelyMeets(steps: Slots, future: Slots, isOneGroup: boolean): boolean {
  for (const [slot, bits] of steps) {
    const isOwn = slot % 2 === 1
    if (meetsAt(future, isOwn && !isOneGroup ? slot - 1 : slot, bits)) return true
    if (!isOwn && meetsAt(future, slot + 1, bits)) return true
  }
  return false
}
