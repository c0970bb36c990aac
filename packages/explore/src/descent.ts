/** A search on its way from place to place, depth first: where it is, which threads it tries there, what it leaves out. */
import type { Explorable } from '@barter/core'
import { meet } from './footprint.ts'
import { couldGoOn, dropTogether, type Frame, type Sleeper, type Subtree } from './frame.ts'
import { GoingBack } from './going-back.ts'
import { keyOf } from './key-of.ts'
import { Parted } from './nondeterminism.ts'
import { PersistentSets } from './persistent-set.ts'
import { savedSleepers, sleepersOf } from './saved-sleeper.ts'
import { type Place, type Stretch, Stretches } from './stretch.ts'
import { Tally, type TallyOptions } from './tally.ts'
import type { ThingNames } from './thing-names.ts'
import type { Touched } from './touched.ts'
import { type StateTable, VisitedStates } from './visited-states.ts'
import { Walker } from './walker.ts'
import { allParts, partToGive, shareLeft, takePart } from './what-is-left.ts'
import { WhoGoesOn } from './who-goes-on.ts'

export interface DescentOptions extends TallyOptions {
  /** State matching, with sleep sets and symmetry. */
  readonly match: boolean
  /** Sleep sets; on by default. */
  readonly sleep?: boolean
  /** Take steps that nobody can tell apart in one go (see discipline.ts); on by default. */
  readonly joins?: boolean
  /** Try as few threads as suffice, where their steps conflict with no other (see persistent-set.ts); on by default. */
  readonly singles?: boolean
  /** Do not run steps again that were seen; on by default. */
  readonly remember?: boolean
  /** Run the real code to each end, even to one that equals another. */
  readonly everyEnd?: boolean
  /** Limit for a schedule: switches away from a thread that could have gone on. */
  readonly preemptions?: number
  /** Makes the table of states when the search starts, and when it starts over. */
  readonly table?: () => StateTable
  /** Other workers explore the same, and want to know what is learned here. */
  readonly isOfSeveral?: boolean
  /** Places this deep are not explored but become `parts`; without state matching. **Units** places with a choice. */
  readonly frontier?: number
}

export class Descent {
  readonly walker: Walker
  readonly tally: Tally
  readonly sets: PersistentSets
  readonly stretches: Stretches
  readonly back: GoingBack
  readonly frames: Frame[] = []
  /** With `frontier`: places to continue from, in order. */
  readonly parts: Subtree[] = []
  /** Threads may be left aside where the steps of the others do not conflict with theirs. */
  readonly singles: boolean
  /** Preemptions are counted. */
  readonly isBounded: boolean
  /** Something that it rests on is wrong: the search has to start over. */
  isBroken = false
  /** Asked whenever more is known: are all reasons for leaving threads aside still valid? */
  holds = (): boolean => this.sets.futures.holds
  readonly #options: DescentOptions
  readonly #sleeps: boolean
  readonly #joins: boolean
  readonly #who: WhoGoesOn
  /** A stretch that was taken to see whether it may go first, and may: the walker stands behind it. */
  #tried: { readonly frame: Frame; readonly stretch: Stretch } | undefined
  /** What user space saw, by the state at the end. */
  readonly #outcomes = new Map<number, string>()

  constructor(subject: Explorable, options: DescentOptions) {
    this.#options = options
    const bound = options.preemptions ?? Infinity
    this.#who = new WhoGoesOn(this.#freshTable(), options.match, bound)
    this.#joins = options.match && (options.joins ?? true)
    this.walker = new Walker(subject, options.match ? 'moves' : 'states', options.match && (options.remember ?? true))
    this.tally = new Tally(this.walker, options)
    if (options.match) this.tally.statesNow = () => this.visited.count
    this.isBounded = bound !== Infinity
    // With a bound, others may have to go first to stay within it; and of two orders, the one left out might be the one with
    // fewer preemptions.
    this.singles = options.match && (options.singles ?? true) && !this.isBounded
    this.#sleeps = options.match && (options.sleep ?? true) && !this.isBounded
    this.sets = new PersistentSets(this.walker.history, options.isOfSeveral)
    this.stretches = new Stretches(this.walker, {
      match: options.match,
      joins: this.#joins,
      singles: this.singles,
      bounded: this.isBounded,
      tooLong: (depth) => this.tally.tooLong(depth),
    })
    this.back = new GoingBack(this)
  }

  /** Names of things, as numbered here. */
  get names(): ThingNames {
    return this.walker.history.names
  }

  /** Start at the beginning of a run, where the walker stands. */
  begin(): void {
    const place = this.stretches.here()
    if (place.enabled.length === 0) {
      this.tally.schedule()
      return
    }
    this.walker.keep()
    this.back.isPossible = this.singles
    this.push(place, [...place.enabled], [], 0).ground = this.back.root()
  }

  /** Start at that place, and explore nothing else. **Errors** `Parted` if the path leads to another place now. */
  beginAt({ path, candidates, asleep, preemptions, state, first, others = [], width = 1 }: Subtree): void {
    const place = this.at(path)
    if (place.stateA !== state[0] || place.stateB !== state[1]) throw anotherState(path)
    const frame = this.push(place, [...candidates], sleepersOf(asleep, this.names), preemptions)
    frame.first = first ?? frame.first
    frame.others.push(...others)
    frame.ground = this.back.root(path)
    frame.width = width
  }

  /** Go there. **Errors** `Parted`. */
  at(path: readonly number[]): Place {
    this.walker.goTo(path)
    if (this.walker.depth !== path.length) throw anotherState(path)
    return this.stretches.here()
  }

  /** Explore until nothing is left, it is stopped, or it has to start over. */
  goThrough(): void {
    const { tally } = this
    while (tally.goesOn && !this.isBroken) {
      const frame = this.frames.at(-1)
      if (frame === undefined) return
      const thread = frame.candidates[frame.next++]
      if (thread === undefined) this.frames.pop()
      else this.#explore(frame, thread)
      if (this.visited.full) tally.stopped = true
    }
  }

  /** Drop everything done so far, to start over. */
  reset(): void {
    this.isBroken = false
    this.#who.visited = this.#freshTable()
    this.parts.length = 0
    this.frames.length = 0
    this.#tried = undefined
    this.back.reset()
    this.walker.restart()
    this.tally.restarted()
  }

  get visited(): StateTable {
    return this.#who.visited
  }

  set visited(table: StateTable) {
    this.#who.visited = table
  }

  /** Share of the search that is left to do here, from 0 to 1. */
  get left(): number {
    return shareLeft(this.frames)
  }

  /** Something here can be given to another worker. */
  get canGive(): boolean {
    return partToGive(this.frames) !== undefined
  }

  give(): Subtree | undefined {
    const part = partToGive(this.frames)
    return part === undefined ? undefined : takePart(part, this.walker.path, this.names)
  }

  /** Everything that is left, deepest first, for others to continue. */
  giveAll(): readonly Subtree[] {
    return allParts(this.frames)
      .map((part) => takePart(part, this.walker.path, this.names))
      .reverse()
  }

  /**
   * Take a stretch from there, to see what it touches. **Shape** gives `undefined` at a violation; `over` if the search has to
   * start over.
   */
  try(place: Place, thread: number): Stretch | 'over' | undefined {
    const { walker } = this
    if (walker.depth !== place.depth) walker.back(place.depth)
    walker.step(thread)
    const stretch = this.stretches.of(thread, place.locals[thread] ?? 0)
    if (walker.history.discipline.discovered) return 'over'
    if (walker.run.found > 0 || walker.run.halted) return undefined
    this.sets.record(place.locals.length, thread, stretch)
    return this.holds() ? stretch : 'over'
  }

  /** Put a place on the stack. */
  push(place: Place, candidates: number[], asleep: Sleeper[], preemptions: number): Frame {
    const { depth, enabled, locals, fences, holders, stateA, stateB } = place
    const last = couldGoOn(place) ? place.last : -1
    const at = { enabled, locals, fences, holders }
    const first = [...locals.keys()]
    const before = this.frames.at(-1)
    const ground = before === undefined ? -1 : this.#groundAfter(before, depth)
    const width = before === undefined ? 1 : before.width / Math.max(1, before.candidates.length)
    const frame: Frame = {
      depth,
      candidates,
      next: 0,
      asleep,
      preemptions,
      last,
      at,
      first,
      others: [],
      ground,
      stateA,
      stateB,
      width,
    }
    this.frames.push(frame)
    return frame
  }

  /** Steps were joined that others can tell apart, or left out that others depend on: start over, knowing more. */
  fail(): undefined {
    this.isBroken = true
    return undefined
  }

  #freshTable(): StateTable {
    return this.#options.table?.() ?? new VisitedStates()
  }

  #explore(frame: Frame, thread: number): void {
    const { walker } = this
    const tried = this.#tried
    this.#tried = undefined
    let next: Frame | undefined = frame
    if (tried?.frame === frame) {
      next = this.#goOn(frame, thread, tried.stretch)
    } else {
      if (walker.depth !== frame.depth) walker.back(frame.depth)
      walker.step(thread)
    }
    // As long as the same thread continues, the walker is there already.
    while (next !== undefined) next = this.#goOn(next, thread, this.stretches.of(thread, next.at.locals[thread] ?? 0))
  }

  /**
   * The walker has taken a stretch of `thread` from `frame`. The first step that may not be joined has been taken, too,
   * since that shows only then. **Shape** gives the place before that step, if the search continues with it.
   */
  #goOn(frame: Frame, thread: number, stretch: Stretch): Frame | undefined {
    const { walker } = this
    const { touched, parts, here } = stretch
    if (this.#joins && walker.history.discipline.discovered) return this.fail()
    if (this.singles) {
      this.sets.record(frame.at.locals.length, thread, stretch)
      const [whole] = parts
      if (whole !== undefined) this.#hold(frame, thread, whole.things)
      if (!this.holds()) return this.fail()
    }
    const asleep = this.#sleeps ? frame.asleep.filter((sleeper) => !meet(sleeper.touched, touched)) : []
    if (this.#sleeps) {
      const [whole] = parts
      const count = whole === undefined || !this.singles ? -1 : this.sets.soleDrop(frame.at, thread, whole.things)
      frame.asleep.push({ thread, touched, drops: count < 0 ? -1 : (walker.history.nameAt[count] as number) })
    }
    const preempts = frame.last >= 0 && frame.last !== thread ? 1 : 0
    const next = this.#arrive(here, asleep, frame.preemptions + preempts)
    if (next?.candidates[0] !== thread || walker.depth === next.depth) return undefined
    next.next = 1
    return next
  }

  /** Check the choice of who goes first against what `thread` did: if that conflicts with one of the others, they go too. */
  #hold(frame: Frame, thread: number, things: Touched): void {
    const { at } = frame
    // A step that was expected to conflict with others, or was unknown, may conflict with none.
    if (frame.candidates.length > frame.next && !this.sets.concernsOthers(at, [thread], things)) {
      frame.first = [thread]
      frame.candidates.length = frame.next
      frame.others.length = 0
    } else if (this.sets.concernsOthers(at, frame.first, things)) {
      frame.first = [...at.locals.keys()]
      frame.candidates.push(...frame.others)
      frame.others.length = 0
    }
    const { first, ground } = frame
    if (first.length === at.locals.length) return
    this.sets.rely(at, first, things, this.back.claim({ place: ground, thread, first }))
  }

  /**
   * Arrive at a state: it is known and cut, or the end of the run, or a place to continue from. The walker stands there, or
   * one step further.
   */
  #arrive(place: Place, asleep: Sleeper[], preemptions: number): Frame | undefined {
    const { walker, tally } = this
    if (walker.depth === place.depth && (tally.sawViolation() || walker.run.halted)) return this.#leaf()
    if (tally.tooLong(place.depth)) return this.#leaf()
    if (place.enabled.length === 0) {
      if (this.#options.match) {
        walker.noteBlocked()
        if (walker.history.discipline.discovered) return this.fail()
        const isNew = this.#who.endsAt(place, preemptions)
        if (walker.remembers) return this.#end(place, isNew)
      }
      return this.#leaf()
    }
    if (this.singles && dropTogether(place, asleep)) {
      tally.cut()
      return undefined
    }
    const candidates = this.#who.from(place, asleep, preemptions)
    if (candidates.length === 0) {
      tally.cut()
      return undefined
    }
    const { depth } = place
    if (this.frames.length >= (this.#options.frontier ?? Infinity)) {
      const state = [place.stateA, place.stateB] as const
      const path = walker.path.slice(0, depth)
      this.parts.push({ path, candidates, asleep: savedSleepers(asleep, this.names), preemptions, state })
      tally.look()
      return undefined
    }
    if (walker.depth === depth) walker.keep()
    if (!this.singles || candidates.length === 1) return this.push(place, candidates, asleep, preemptions)
    return this.#pushFew(place, candidates, asleep, preemptions)
  }

  /** Put a place on the stack, with as few threads to try as suffice. */
  #pushFew(place: Place, candidates: number[], asleep: Sleeper[], preemptions: number): Frame | undefined {
    const known = new Map<number, Touched>()
    let single: { readonly thread: number; readonly stretch: Stretch } | undefined
    for (const thread of this.walker.remembers ? this.#inTurn(place, candidates) : []) {
      const stretch = this.try(place, thread)
      if (stretch === 'over') return this.fail()
      const [whole] = stretch?.parts ?? []
      if (stretch === undefined || whole === undefined) break
      known.set(thread, whole.things)
      if (this.sets.concernsOthers(place, [thread], whole.things)) continue
      single = { thread, stretch }
      break
    }
    const first = single === undefined ? this.sets.choose(place, candidates, known) : [single.thread]
    const frame = this.push(place, [], asleep, preemptions)
    frame.first = first
    for (const thread of single === undefined ? this.#dropsFirst(place, candidates, known) : candidates) {
      ;(first.includes(thread) ? frame.candidates : frame.others).push(thread)
    }
    if (!this.walker.remembers) return frame
    if (single !== undefined) this.#tried = { frame, stretch: single.stretch }
    else if (this.walker.depth !== place.depth) this.walker.back(place.depth)
    return undefined
  }

  /** A thread that is likely to conflict with nobody comes first. */
  #inTurn(place: Place, candidates: readonly number[]): readonly number[] {
    const alone = candidates.find((thread) => this.sets.isLikelyAlone(place, thread))
    return alone === undefined ? candidates : [alone, ...candidates.filter((thread) => thread !== alone)]
  }

  /** Threads that drop one of a count go first and sleep from then on, so that one drops later only as the last. */
  #dropsFirst(place: Place, candidates: readonly number[], known: ReadonlyMap<number, Touched>): readonly number[] {
    const drops = (thread: number): boolean => {
      const things = known.get(thread)
      return things !== undefined && this.sets.soleDrop(place, thread, things) >= 0
    }
    const early = candidates.filter(drops)
    return [...early, ...candidates.filter((thread) => !early.includes(thread))]
  }

  /** The ground of the place at depth `to`, which one thread has reached from there. */
  #groundAfter({ ground, depth }: Frame, to: number): number {
    return this.back.place(ground, this.walker.path[depth] ?? 0, to - depth)
  }

  /** Equal ends count as one: only the first is run by the real code. */
  #end({ stateA, stateB }: Place, isNew: boolean): undefined {
    const { everyEnd = false, isOfSeveral = false, outcomes = false } = this.#options
    const key = keyOf(stateA, stateB)
    // What another worker has seen there matters only if outcomes are asked for.
    const unknown = isOfSeveral && !outcomes ? '' : undefined
    const outcome = isNew || everyEnd ? undefined : (this.#outcomes.get(key) ?? unknown)
    this.#outcomes.set(key, this.tally.schedule(outcome))
  }

  #leaf(): undefined {
    this.tally.schedule()
  }
}

const anotherState = (path: readonly number[]): Parted => new Parted(path, 'a replay of it came to another state')
