/**
 * Depth-first search through all schedules, and what makes it shorter without losing a state.
 *
 * *State matching*: a state that was reached before is not explored again. *Sleep sets*: of two steps that commute only
 * one order is taken; what sleeps is kept with the state, since a later visit may need what the first one left out.
 * *Symmetry*: of threads that may be swapped for each other one goes first. *Joins* (discipline.ts): steps that nobody can
 * tell apart are taken in one go. *Singles* (persistent-set.ts): threads that no step of the others concerns are left aside.
 * *Memory* (remembered-run.ts): steps that were seen are not run again. With all of them off it is the plain search, the
 * yardstick of the others.
 */
import { type Explorable, mixA, mixB } from '@barter/core'
import { checkpointForeign } from './errors.ts'
import { type Footprint, meet } from './footprint.ts'
import { unrelied } from './futures.ts'
import { Grounds } from './grounds.ts'
import { keyOf } from './key-of.ts'
import { Learning } from './learning.ts'
import { Parted } from './nondeterminism.ts'
import type { Subtree } from './part.ts'
import { PersistentSets, type Standpoint } from './persistent-set.ts'
import { Doubted } from './remembered-run.ts'
import type { SavedSearch, SavedSorts } from './saved-search.ts'
import type { Search } from './search.ts'
import { type Place, type Stretch, Stretches } from './stretch.ts'
import { Tally, type TallyOptions } from './tally.ts'
import type { Touched } from './touched.ts'
import { type StateTable, VisitedStates } from './visited-states.ts'
import { Walker } from './walker.ts'

export interface DepthFirstOptions extends TallyOptions {
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
  /** Schedules of chance go before it, to learn from; on unless told. */
  readonly learn?: boolean
  /** The real code comes to each end, also to one that is like another. */
  readonly everyEnd?: boolean
  /** Of a schedule: switches away from a thread that could have gone on. */
  readonly preemptions?: number
  /** What is known of sorts of things; learned when not given. */
  readonly sorts?: SavedSorts
  /** Makes a table when the search begins, and when it begins anew. */
  readonly table?: () => StateTable
  /** Places this deep in the tree are not explored but become `parts`. **Units** places with a choice. */
  readonly frontier?: number
  /** Explore what begins there, and nothing else. */
  readonly subtree?: Subtree
}

const ALMOST_ALL = 0.99
/** Below that branches are too thin to be seen in a percentage. */
const SMALLEST_WIDTH = 1e-6

/** A thread that need not go first from here: all that begins so was explored, or is equal to what will be. */
interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
  /** The count that it drops one of, when nothing else that it does concerns anybody; -1 for none. */
  readonly drops: number
}

interface Frame {
  /** Steps before it: several may lie between two frames. */
  readonly depth: number
  readonly candidates: number[]
  next: number
  /** Those of before, and those that were explored from here. */
  readonly asleep: Sleeper[]
  readonly preemptions: number
  /** Who ran before it and could have gone on; -1 when nobody could. */
  readonly last: number
  /** What is known of the threads there. */
  readonly at: Standpoint
  /** Threads of which all that can go on are candidates, and those that are not as nobody of these concerns them. */
  first: readonly number[]
  readonly others: number[]
  /** As of `Grounds`. */
  ground: number
}

/** Explore to the end, or to where it is stopped. */
export function depthFirst(subject: Explorable, options: DepthFirstOptions): Tally {
  const search = new DepthFirst(subject, options)
  search.run()
  return search.tally
}

export class DepthFirst implements Search {
  readonly tally: Tally
  readonly #options: DepthFirstOptions
  readonly #walker: Walker
  #visited: StateTable
  /** Places to go on from, in their order; with `frontier`. */
  readonly parts: Subtree[] = []
  /** What is known since, when a subtree was left since things are shared that seemed private. */
  discovered: SavedSorts | undefined
  readonly #frames: Frame[] = []
  /** It has learned what it needs, and goes from place to place. */
  #begun = false
  readonly #sleeps: boolean
  readonly #joins: boolean
  readonly #singles: boolean
  readonly #sets: PersistentSets
  readonly #stretches: Stretches
  readonly #learning: Learning
  /** A stretch that was taken to see whether it may go first, and may: the walker is behind it. */
  #tried: { readonly frame: Frame; readonly stretch: Stretch } | undefined
  /** It came to its end once, and rested on what it had not seen: from then on that is not forgotten. */
  #isWary = false
  /** Somebody was left aside who should not have been: it goes on to its end to learn more, and then begins anew. */
  #isStale = false
  /** Places to go back to, of a search that is neither a part nor cut into parts; and claims that may be wrong. */
  #grounds: Grounds | undefined
  #doubtful: number[] = []
  /** Nothing is left to explore, nor to go back to. */
  #isSettled = false
  /** What user space saw at the end, by the state there. */
  readonly #outcomes = new Map<number, string>()
  readonly #bound: number

  constructor(subject: Explorable, options: DepthFirstOptions) {
    this.#options = options
    this.#visited = this.#freshTable()
    this.#joins = options.match && (options.joins ?? true)
    this.#walker = new Walker(subject, options.match, options.match && (options.remember ?? true))
    this.tally = new Tally(this.#walker, options)
    this.tally.share = () => this.#share()
    if (options.match) this.tally.statesNow = () => this.#visited.count
    this.#bound = options.preemptions ?? Infinity
    // With a bound others may have to go first to stay within it, and of two orders the one that is left out might have been
    // the one with fewer preemptions.
    this.#singles = options.match && (options.singles ?? true) && this.#bound === Infinity
    this.#sleeps = options.match && (options.sleep ?? true) && this.#bound === Infinity
    this.#sets = new PersistentSets(this.#walker.history)
    this.#stretches = new Stretches(this.#walker, {
      match: options.match,
      joins: this.#joins,
      singles: this.#singles,
      bounded: this.#bound !== Infinity,
      tooLong: (depth) => this.tally.tooLong(depth),
    })
    this.#learning = new Learning(this.#walker, this.#stretches, this.#sets, this.tally, this.#singles)
    if (options.sorts !== undefined) this.#know(options.sorts)
    else if (this.#learns) this.#learning.begin()
  }

  run(): void {
    const { tally } = this
    tally.paused = false
    let inDoubt = false
    while (tally.goesOn) {
      try {
        if (inDoubt) this.#againInDoubt()
        inDoubt = false
        if (!this.#begun) this.#start()
        if (this.#begun) this.#goThrough()
        if (this.#isSettled) break
      } catch (error) {
        if (!(error instanceof Doubted)) throw error
        this.#walker.forget()
        inDoubt = true
      }
    }
    if (this.#options.match) tally.states = { count: this.#visited.count, memory: this.#visited.memory }
    tally.complete = this.#isSettled && !tally.stopped && !tally.cutShort
  }

  /** Learn what is yet to be learned, and go to the first place, unless somebody stops it before. */
  #start(): void {
    if (!this.#learning.goOn()) return
    if (this.tally.restarts > 0) {
      this.#sets.futures.forgetRelied()
      if (!this.#isWary) this.#sets.futures.forgetUnseen()
    }
    if (this.#options.subtree === undefined) this.#begin()
    else this.#beginAt(this.#options.subtree)
    this.#begun = true
  }

  #againInDoubt(): void {
    if (this.#begun || this.tally.restarts > 0) this.#again()
    else if (this.#learns) this.#learning.begin()
  }

  get #learns(): boolean {
    return this.#options.match && (this.#options.learn ?? true)
  }

  /** Until nothing is left, or somebody stops it. */
  #goThrough(): void {
    const { tally } = this
    while (tally.goesOn && this.#begun) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) {
        if (this.#goBack()) continue
        if (!this.#isStale && this.#restsOnAll) {
          this.#isSettled = true
          return
        }
        this.#isWary ||= !this.#isStale
        this.#again()
        return
      }
      const thread = this.#nextOf(frame)
      if (thread === undefined) this.#frames.pop()
      else this.#explore(frame, thread)
      if (this.#visited.full) tally.stopped = true
    }
  }

  /**
   * Does what threads were left aside for still hold? When it does not, the search begins anew at once as long as it learns
   * more before; from then on it goes on to its end first, and so learns all that there is to be learned on the way.
   */
  #holds(): boolean {
    const { futures } = this.#sets
    if (futures.holds) return true
    if (this.#options.subtree !== undefined || !this.#learning.isPatient) return false
    futures.forgive()
    this.#isStale = true
    return true
  }

  /** Is there a place to go back to since somebody was left aside there who should not have been? */
  #goBack(): boolean {
    if (this.#grounds === undefined || this.#isStale) return false
    if (this.#doubtful.length === 0) this.#doubtful.push(...this.#sets.futures.takeDoubtful())
    const claim = this.#doubtful.pop()
    if (claim === undefined) return false
    this.#goBackTo(this.#grounds, claim)
    this.tally.look()
    return true
  }

  /** What was claimed there is looked at by what is known now; when it is wrong all others go on from there, too. */
  #goBackTo(grounds: Grounds, claim: number): void {
    const walker = this.#walker
    const { place: ground, thread, first } = grounds.claimAt(claim)
    if (grounds.isWhole(ground)) return
    const path = grounds.pathTo(ground)
    walker.follow(path, [path.length])
    if (walker.depth !== path.length) throw new Parted(path, 'a replay of it came to another state')
    const place = this.#stretches.here()
    const stretch = this.#try(place, thread)
    if (stretch === 'over') return this.#again()
    const [whole] = stretch?.parts ?? []
    if (whole !== undefined && !this.#sets.concernsOthers(place, first, whole.things)) {
      this.#sets.rely(place, first, whole.things, claim)
      return
    }
    grounds.makeWhole(ground)
    if (walker.depth !== place.depth) walker.back(place.depth)
    const digests = first.map((one) => this.#digestOf(place, one))
    const candidates = place.enabled.filter((one) => {
      const digest = this.#digestOf(place, one)
      if (digests.includes(digest)) return false
      digests.push(digest)
      return true
    })
    this.#push(place, candidates, [], 0).ground = ground
  }

  /** At the end: nobody was left aside for want of having seen what he may do. A part of a search cannot tell. */
  get #restsOnAll(): boolean {
    const isPart = this.#options.subtree !== undefined || this.#options.frontier !== undefined
    return isPart || !this.#singles || this.#sets.futures.holdsForGood
  }

  save(): SavedSearch | undefined {
    if (this.tally.foundEnough) return undefined
    const isStale = this.#isStale || this.#doubtful.length > 0
    const known = { tally: this.tally.save(), sorts: this.sorts, isWary: this.#isWary, isStale }
    if (!this.#begun) return known
    const top = this.#frames.at(-1)
    if (top === undefined) return this.#isSettled ? undefined : anew(known)
    const { path, history } = this.#walker
    const saved = { ...known, path: [...path], frames: this.#frames }
    const { steps, replayed, runs } = this.#walker
    this.#walker.back(top.depth)
    // To look there is no part of the search.
    Object.assign(this.#walker, { steps, replayed, runs })
    return { ...saved, state: [history.stateA, history.stateB], visited: this.#visited.count }
  }

  /** The words of the visited states, for a checkpoint. */
  get table(): Int32Array | undefined {
    return this.#begun && this.#options.match && this.#visited instanceof VisitedStates
      ? this.#visited.save()
      : undefined
  }

  /** What is known of sorts of things. */
  get sorts(): SavedSorts {
    const { history, doubts } = this.#walker
    const { saved: learning } = this.#learning
    return { things: history.discipline.known, futures: this.#sets.futures.saved, doubts, learning }
  }

  /** Of each branch on the way those before it are done; it counts as one of as many equal ones. */
  #share(): number {
    // What it goes back to is little beside what is done.
    if (this.#doubtful.length > 0) return ALMOST_ALL
    let done = 0
    let width = 1
    for (const { candidates, next } of this.#frames) {
      width /= candidates.length
      done += width * Math.max(0, next - 1)
      if (width < SMALLEST_WIDTH) break
    }
    return done
  }

  #freshTable(): StateTable {
    return this.#options.table?.() ?? new VisitedStates()
  }

  #know(sorts: SavedSorts): void {
    this.#walker.history.discipline.learn(sorts.things)
    this.#sets.futures.learn(sorts.futures)
    this.#walker.doubt(sorts.doubts)
    this.#learning.restore(sorts.learning)
  }

  #beginAt({ path, candidates, asleep, preemptions, state }: Subtree): void {
    const walker = this.#walker
    walker.follow(path, [path.length])
    const { stateA, stateB } = walker.history
    if (walker.depth !== path.length || stateA !== state[0] || stateB !== state[1]) {
      throw new Parted(path, 'a replay of it came to another state')
    }
    this.#push(this.#stretches.here(), [...candidates], [...asleep], preemptions)
  }

  /** **Errors** `UsageError` `CHECKPOINT_FOREIGN` when the path does not lead where it led. */
  restore(saved: SavedSearch, table?: Int32Array): void {
    const { path = [], frames, sorts, state = [0, 0] } = saved
    const walker = this.#walker
    if (sorts !== undefined) this.#know(sorts)
    this.#isWary = saved.isWary ?? false
    this.#isStale = saved.isStale ?? false
    if (frames === undefined) {
      this.tally.restore(saved.tally)
      return
    }
    const depth = frames.at(-1)?.depth ?? 0
    walker.follow(
      path.slice(0, depth),
      frames.map((frame) => frame.depth),
    )
    if (walker.depth !== depth || walker.history.stateA !== state[0] || walker.history.stateB !== state[1]) {
      throw checkpointForeign('its plugins did otherwise when it was written')
    }
    // The walker stands where the top frame begins; the search was further on, and comes back from there.
    walker.path.push(...path.slice(depth))
    for (const frame of frames)
      this.#frames.push({
        ...frame,
        candidates: [...frame.candidates],
        asleep: [...frame.asleep],
        others: [...frame.others],
        ground: -1,
      })
    if (table !== undefined) this.#visited = VisitedStates.of(table, saved.visited ?? 0)
    this.tally.restore(saved.tally)
    this.#begun = true
  }

  #begin(): void {
    const place = this.#stretches.here()
    if (place.enabled.length === 0) {
      this.tally.schedule()
      return
    }
    this.#walker.keep()
    const isPart = this.#options.frontier !== undefined
    this.#grounds = this.#singles && !isPart ? new Grounds() : undefined
    this.#push(place, [...place.enabled], [], 0).ground = this.#grounds?.root() ?? -1
  }

  #explore(frame: Frame, thread: number): void {
    const walker = this.#walker
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
    while (next !== undefined) next = this.#goOn(next, thread, this.#stretches.of(thread, next.at.locals[thread] ?? 0))
  }

  /**
   * The walker has taken a stretch of `thread` from `frame`; the first step that may not be joined is taken, too, before
   * anybody can know. **Shape** gives the place before that one, if it goes on so.
   */
  #goOn(frame: Frame, thread: number, stretch: Stretch): Frame | undefined {
    const walker = this.#walker
    const { touched, parts, here } = stretch
    if (this.#joins && walker.history.discipline.discovered) return this.#again()
    if (this.#singles) {
      this.#sets.record(frame.at.locals.length, thread, stretch)
      const [whole] = parts
      if (whole !== undefined) this.#hold(frame, thread, whole.things)
      if (!this.#holds()) return this.#again()
    }
    const asleep = this.#sleeps ? frame.asleep.filter((sleeper) => !meet(sleeper.touched, touched)) : []
    if (this.#sleeps) {
      const [whole] = parts
      const drops = whole === undefined || !this.#singles ? -1 : this.#sets.soleDrop(frame.at, thread, whole.things)
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
    if (frame.candidates.length > frame.next && !this.#sets.concernsOthers(at, [thread], things)) {
      frame.first = [thread]
      frame.candidates.length = frame.next
      frame.others.length = 0
    } else if (this.#sets.concernsOthers(at, frame.first, things)) {
      frame.first = [...at.locals.keys()]
      frame.candidates.push(...frame.others)
      frame.others.length = 0
    }
    const { first, ground } = frame
    if (first.length === at.locals.length) return
    this.#sets.rely(at, first, things, this.#grounds?.claim({ place: ground, thread, first }) ?? -1)
  }

  /** Steps were joined that others can tell apart, or left out that others depend on: from the beginning, knowing more. */
  #again(): undefined {
    const { discipline } = this.#walker.history
    if (discipline.discovered) this.#sets.forget()
    if (this.#options.subtree !== undefined) {
      discipline.discovered = false
      this.discovered = this.sorts
      this.tally.stopped = true
      return undefined
    }
    if (this.#learns && (this.#learning.getsPatient() || discipline.discovered)) this.#learning.beginAhead()
    discipline.discovered = false
    this.#visited = this.#freshTable()
    this.parts.length = 0
    this.#frames.length = 0
    this.#tried = undefined
    this.#doubtful = []
    this.#walker.restart()
    this.tally.restarted()
    this.#begun = false
    this.#isStale = false
    return undefined
  }

  /**
   * A state: known and cut, the end of the run, or a place to go on from. The walker stands there, or one step further.
   */
  #arrive(place: Place, asleep: Sleeper[], preemptions: number): Frame | undefined {
    const walker = this.#walker
    if (walker.depth === place.depth && (this.tally.sawViolation() || walker.run.halted)) return this.#leaf()
    if (this.tally.tooLong(place.depth)) return this.#leaf()
    if (place.enabled.length === 0) {
      if (this.#options.match) {
        walker.noteBlocked()
        if (walker.history.discipline.discovered) return this.#again()
        const isNew = this.#enter(place, preemptions, 0) === -1
        if (walker.remembers) return this.#end(place, isNew)
      }
      return this.#leaf()
    }
    if (this.#singles && this.#dropTogether(place, asleep)) {
      this.tally.cut()
      return undefined
    }
    const wanted = this.#wanted(place, asleep, preemptions)
    const candidates = this.#options.match ? this.#unexplored(place, wanted, asleep, preemptions) : wanted
    if (candidates.length === 0) {
      this.tally.cut()
      return undefined
    }
    const { depth } = place
    if (this.#frames.length >= (this.#options.frontier ?? Infinity)) {
      const state = [place.stateA, place.stateB] as const
      this.parts.push({ path: walker.path.slice(0, depth), candidates, asleep, preemptions, state })
      this.tally.look()
      return undefined
    }
    if (walker.depth === depth) walker.keep()
    if (!this.#singles || candidates.length === 1) return this.#push(place, candidates, asleep, preemptions)
    return this.#pushFew(place, candidates, asleep, preemptions)
  }

  /** As few as will do go on from there. */
  #pushFew(place: Place, candidates: number[], asleep: Sleeper[], preemptions: number): Frame | undefined {
    const known = new Map<number, Touched>()
    let single: { readonly thread: number; readonly stretch: Stretch } | undefined
    for (const thread of this.#walker.remembers ? this.#inTurn(place, candidates) : []) {
      const stretch = this.#try(place, thread)
      if (stretch === 'over') return this.#again()
      const [whole] = stretch?.parts ?? []
      if (stretch === undefined || whole === undefined) break
      known.set(thread, whole.things)
      if (this.#sets.concernsOthers(place, [thread], whole.things)) continue
      single = { thread, stretch }
      break
    }
    const first = single === undefined ? this.#sets.choose(place, candidates, known) : [single.thread]
    const frame = this.#push(place, [], asleep, preemptions)
    frame.first = first
    for (const thread of single === undefined ? this.#dropsFirst(place, candidates, known) : candidates) {
      ;(first.includes(thread) ? frame.candidates : frame.others).push(thread)
    }
    if (!this.#walker.remembers) return frame
    if (single !== undefined) this.#tried = { frame, stretch: single.stretch }
    else if (this.#walker.depth !== place.depth) this.#walker.back(place.depth)
    return undefined
  }

  /** One of whom it is likely that it concerns nobody comes first. */
  #inTurn(place: Place, candidates: readonly number[]): readonly number[] {
    const alone = candidates.find((thread) => this.#sets.isLikelyAlone(place, thread))
    return alone === undefined ? candidates : [alone, ...candidates.filter((thread) => thread !== alone)]
  }

  /** Who drops one of a count goes first and sleeps from then on, so that it drops late only as the last. */
  #dropsFirst(place: Place, candidates: readonly number[], known: ReadonlyMap<number, Touched>): readonly number[] {
    const drops = (thread: number): boolean => {
      const things = known.get(thread)
      return things !== undefined && this.#sets.soleDrop(place, thread, things) >= 0
    }
    const early = candidates.filter(drops)
    return [...early, ...candidates.filter((thread) => !early.includes(thread))]
  }

  /** Take a stretch from there, to see what it touches. **Shape** `undefined` where a violation comes; `over`: all begins anew. */
  #try(place: Place, thread: number): Stretch | 'over' | undefined {
    const walker = this.#walker
    if (walker.depth !== place.depth) walker.back(place.depth)
    walker.step(thread)
    const stretch = this.#stretches.of(thread, place.locals[thread] ?? 0)
    if (walker.history.discipline.discovered) return 'over'
    if (walker.run.found > 0 || walker.run.halted) return undefined
    this.#sets.record(place.locals.length, thread, stretch)
    return this.#holds() ? stretch : 'over'
  }

  /** A place to go on from, with all who can. */
  #push(place: Place, candidates: number[], asleep: Sleeper[], preemptions: number): Frame {
    const { depth, enabled, locals, fences, holders } = place
    const last = couldGoOn(place) ? place.last : -1
    const at = { enabled, locals, fences, holders }
    const first = [...locals.keys()]
    const before = this.#frames.at(-1)
    const ground = before === undefined ? -1 : this.#groundAfter(before, depth)
    const frame: Frame = { depth, candidates, next: 0, asleep, preemptions, last, at, first, others: [], ground }
    this.#frames.push(frame)
    return frame
  }

  /** One thread has come from there to `depth`. */
  #groundAfter({ ground, depth }: Frame, to: number): number {
    return this.#grounds?.place(ground, this.#walker.path[depth] ?? 0, to - depth) ?? -1
  }

  /** Equal ends are one: only the first is looked at by the real code. */
  #end({ stateA, stateB }: Place, isNew: boolean): undefined {
    const key = keyOf(stateA, stateB)
    const outcome = isNew || this.#options.everyEnd === true ? undefined : this.#outcomes.get(key)
    this.#outcomes.set(key, this.tally.schedule(outcome))
  }

  #leaf(): undefined {
    this.tally.schedule()
  }

  #wanted(place: Place, asleep: readonly Sleeper[], preemptions: number): number[] {
    const { last } = place
    let enabled = [...place.enabled]
    // Who ran last goes first: schedules with few switches come early.
    if (couldGoOn(place)) {
      if (preemptions >= this.#bound) return [last]
      enabled = [last, ...enabled.filter((thread) => thread !== last)]
    }
    if (asleep.length === 0) return enabled
    return enabled.filter((thread) => !this.#isAsleep(place, thread, asleep))
  }

  /** It, or one that may be swapped for it: what begins with that one was explored with both names changed. */
  #isAsleep(place: Place, thread: number, asleep: readonly Sleeper[]): boolean {
    if (asleep.some((sleeper) => sleeper.thread === thread)) return true
    if (!this.#options.match) return false
    const digest = this.#digestOf(place, thread)
    return asleep.some((sleeper) => this.#digestOf(place, sleeper.thread) === digest)
  }

  /**
   * Two who sleep before they drop one of the same count: it makes a difference only who is the last, so neither wakes before
   * the other has dropped. Whatever comes from here was explored with one of them first.
   */
  #dropTogether(place: Place, asleep: readonly Sleeper[]): boolean {
    return asleep.some(({ thread, drops }, i) => {
      if (drops < 0) return false
      if (asleep.some((other, j) => j < i && other.drops === drops)) return true
      return place.enabled.some((other) => other !== thread && this.#isAsleep(place, other, [asleep[i] as Sleeper]))
    })
  }

  /** Of those that are wanted, what no earlier visit has explored; one of each that may be swapped. */
  #unexplored(place: Place, wanted: readonly number[], asleep: readonly Sleeper[], preemptions: number): number[] {
    let left = 0
    for (const { thread } of asleep) left |= bitOf(this.#digestOf(place, thread))
    const before = this.#enter(place, preemptions, left)
    if (before === 0) return []
    const digests: number[] = []
    return wanted.filter((thread) => {
      const digest = this.#digestOf(place, thread)
      if ((before & bitOf(digest)) === 0 || digests.includes(digest)) return false
      digests.push(digest)
      return true
    })
  }

  /** With a bound, how much of it is left and who ran last belong to the state. */
  #enter(place: Place, preemptions: number, left: number): number {
    const { stateA, stateB, last } = place
    if (this.#bound === Infinity) return this.#visited.enter(stateA, stateB, left)
    const extra = preemptions * 31 + (last < 0 ? 0 : place.lastDigest)
    return this.#visited.enter(mixA(stateA, extra), mixB(stateB, extra), left)
  }

  #digestOf({ enabled, digests }: Place, thread: number): number {
    return digests[enabled.indexOf(thread)] ?? 0
  }

  #nextOf(frame: Frame): number | undefined {
    return frame.candidates[frame.next++]
  }
}

/** Nobody knows later where it was to go back to: it begins anew, knowing what it knows. */
function anew({ tally, sorts, isWary }: SavedSearch & { readonly sorts: SavedSorts }): SavedSearch {
  const counts = { schedules: 0, cuts: 0, outcomes: [], restarts: tally.restarts + 1 }
  return {
    tally: { ...tally, ...counts },
    sorts: { ...sorts, futures: unrelied(sorts.futures) },
    isWary: isWary ?? false,
  }
}

const couldGoOn = ({ enabled, last }: Place): boolean => enabled.includes(last)

const bitOf = (digest: number): number => 1 << (digest & 31)
