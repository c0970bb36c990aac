/** The way of a search from place to place, depth first: where it is, who goes on from there, and what it leaves out. */
import type { Explorable } from '@barter/core'
import { meet } from './footprint.ts'
import { couldGoOn, dropTogether, type Frame, type Sleeper, type Subtree } from './frame.ts'
import { GoingBack } from './going-back.ts'
import { keyOf } from './key-of.ts'
import { Parted } from './nondeterminism.ts'
import { PersistentSets } from './persistent-set.ts'
import { type Place, type Stretch, Stretches } from './stretch.ts'
import { Tally, type TallyOptions } from './tally.ts'
import type { Touched } from './touched.ts'
import { type StateTable, VisitedStates } from './visited-states.ts'
import { Walker } from './walker.ts'
import { allParts, partToGive, shareLeft, takePart } from './what-is-left.ts'
import { WhoGoesOn } from './who-goes-on.ts'

export interface DescentOptions extends TallyOptions {
  /** State matching, with sleep sets and symmetry. */
  readonly match: boolean
  /** Sleep sets beside it; on unless told. */
  readonly sleep?: boolean
  /** Steps that nobody can tell apart in one go (see discipline.ts); on unless told. */
  readonly joins?: boolean
  /** As few threads as will do, where their steps concern no other (see persistent-set.ts); on unless told. */
  readonly singles?: boolean
  /** Steps that were seen are not run again; on unless told. */
  readonly remember?: boolean
  /** The real code comes to each end, also to one that is like another. */
  readonly everyEnd?: boolean
  /** Of a schedule: switches away from a thread that could have gone on. */
  readonly preemptions?: number
  /** Makes a table when the search begins, and when it begins anew. */
  readonly table?: () => StateTable
  /** Others explore the same, and want to know what is learned here. */
  readonly isOfSeveral?: boolean
  /** Places this deep in the tree are not explored but become `parts`; without state matching. **Units** places with a choice. */
  readonly frontier?: number
}

export class Descent {
  readonly walker: Walker
  readonly tally: Tally
  readonly sets: PersistentSets
  readonly stretches: Stretches
  readonly back: GoingBack
  readonly frames: Frame[] = []
  /** Places to go on from, in their order; with `frontier`. */
  readonly parts: Subtree[] = []
  /** Threads may be left aside where the others do not concern them. */
  readonly singles: boolean
  /** Preemptions are counted. */
  readonly isBounded: boolean
  /** What it rests on is wrong: it has to begin anew. */
  isBroken = false
  /** Asked whenever more is known: does what threads were left aside for still hold? */
  holds = (): boolean => this.sets.futures.holds
  readonly #options: DescentOptions
  readonly #sleeps: boolean
  readonly #joins: boolean
  readonly #who: WhoGoesOn
  /** A stretch that was taken to see whether it may go first, and may: the walker is behind it. */
  #tried: { readonly frame: Frame; readonly stretch: Stretch } | undefined
  /** What user space saw at the end, by the state there. */
  readonly #outcomes = new Map<number, string>()

  constructor(subject: Explorable, options: DescentOptions) {
    this.#options = options
    const bound = options.preemptions ?? Infinity
    this.#who = new WhoGoesOn(this.#freshTable(), options.match, bound)
    this.#joins = options.match && (options.joins ?? true)
    this.walker = new Walker(subject, options.match, options.match && (options.remember ?? true))
    this.tally = new Tally(this.walker, options)
    if (options.match) this.tally.statesNow = () => this.visited.count
    this.isBounded = bound !== Infinity
    // With a bound others may have to go first to stay within it, and of two orders the one that is left out might have been
    // the one with fewer preemptions.
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

  /** From the beginning of all runs; the walker is there. */
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

  /** From there on, and nothing else. **Errors** `Parted` when it is another place now. */
  beginAt({ path, candidates, asleep, preemptions, state, first, others = [], width = 1 }: Subtree): void {
    const place = this.at(path)
    if (place.stateA !== state[0] || place.stateB !== state[1]) throw anotherState(path)
    const frame = this.push(place, [...candidates], [...asleep], preemptions)
    frame.first = first ?? frame.first
    frame.others.push(...others)
    frame.ground = this.back.root(path)
    frame.width = width
  }

  /** Be there, in a fresh run. **Errors** `Parted`. */
  at(path: readonly number[]): Place {
    this.walker.follow(path, [path.length])
    if (this.walker.depth !== path.length) throw anotherState(path)
    return this.stretches.here()
  }

  /** Until nothing is left, or somebody stops it, or it has to begin anew. */
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

  /** All that it did is of no use. */
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

  /** How much of the search is left to be done here, from 0 to 1. */
  get left(): number {
    return shareLeft(this.frames)
  }

  /** There is something here that another may do. */
  get canGive(): boolean {
    return partToGive(this.frames) !== undefined
  }

  give(): Subtree | undefined {
    const part = partToGive(this.frames)
    return part === undefined ? undefined : takePart(part, this.walker.path)
  }

  /** All that is left, the deepest first, for others to go on with. */
  giveAll(): readonly Subtree[] {
    return allParts(this.frames)
      .map((part) => takePart(part, this.walker.path))
      .reverse()
  }

  /**
   * Take a stretch from there, to see what it touches. **Shape** `undefined` where a violation comes; `over`: it has to begin
   * anew.
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

  /** A place to go on from, with all who can. */
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

  /** Steps were joined that others can tell apart, or left out that others depend on: from the beginning, knowing more. */
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
    // As long as the same thread goes on, the walker is there already.
    while (next !== undefined) next = this.#goOn(next, thread, this.stretches.of(thread, next.at.locals[thread] ?? 0))
  }

  /**
   * The walker has taken a stretch of `thread` from `frame`; the first step that may not be joined is taken, too, before
   * anybody can know. **Shape** gives the place before that one, if it goes on so.
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
      const drops = whole === undefined || !this.singles ? -1 : this.sets.soleDrop(frame.at, thread, whole.things)
      frame.asleep.push({ thread, touched, drops })
    }
    const preempts = frame.last >= 0 && frame.last !== thread ? 1 : 0
    const next = this.#arrive(here, asleep, frame.preemptions + preempts)
    if (next?.candidates[0] !== thread || walker.depth === next.depth) return undefined
    next.next = 1
    return next
  }

  /** What `thread` did is held against the choice of who goes first: the others do as well if it concerns one of them. */
  #hold(frame: Frame, thread: number, things: Touched): void {
    const { at } = frame
    // One that was expected to concern others, or was not known, may concern none.
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
   * A state: known and cut, the end of the run, or a place to go on from. The walker stands there, or one step further.
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
      this.parts.push({ path: walker.path.slice(0, depth), candidates, asleep, preemptions, state })
      tally.look()
      return undefined
    }
    if (walker.depth === depth) walker.keep()
    if (!this.singles || candidates.length === 1) return this.push(place, candidates, asleep, preemptions)
    return this.#pushFew(place, candidates, asleep, preemptions)
  }

  /** As few as will do go on from there. */
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

  /** One of whom it is likely that it concerns nobody comes first. */
  #inTurn(place: Place, candidates: readonly number[]): readonly number[] {
    const alone = candidates.find((thread) => this.sets.isLikelyAlone(place, thread))
    return alone === undefined ? candidates : [alone, ...candidates.filter((thread) => thread !== alone)]
  }

  /** Who drops one of a count goes first and sleeps from then on, so that it drops late only as the last. */
  #dropsFirst(place: Place, candidates: readonly number[], known: ReadonlyMap<number, Touched>): readonly number[] {
    const drops = (thread: number): boolean => {
      const things = known.get(thread)
      return things !== undefined && this.sets.soleDrop(place, thread, things) >= 0
    }
    const early = candidates.filter(drops)
    return [...early, ...candidates.filter((thread) => !early.includes(thread))]
  }

  /** One thread has come from there to `depth`. */
  #groundAfter({ ground, depth }: Frame, to: number): number {
    return this.back.place(ground, this.walker.path[depth] ?? 0, to - depth)
  }

  /** Equal ends are one: only the first is looked at by the real code. */
  #end({ stateA, stateB }: Place, isNew: boolean): undefined {
    const { everyEnd = false, isOfSeveral = false, outcomes = false } = this.#options
    const key = keyOf(stateA, stateB)
    // What another has seen there is of no interest but to who asks for it.
    const unknown = isOfSeveral && !outcomes ? '' : undefined
    const outcome = isNew || everyEnd ? undefined : (this.#outcomes.get(key) ?? unknown)
    this.#outcomes.set(key, this.tally.schedule(outcome))
  }

  #leaf(): undefined {
    this.tally.schedule()
  }
}

const anotherState = (path: readonly number[]): Parted => new Parted(path, 'a replay of it came to another state')
