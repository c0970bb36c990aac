/**
 * Depth-first search through all schedules, and what makes it shorter without losing a state.
 *
 * *State matching*: a state that was reached before is not explored again. *Sleep sets*: of two steps that commute only
 * one order is taken; what sleeps is kept with the state, since a later visit may need what the first one left out.
 * *Symmetry*: of threads that may be swapped for each other one goes first. With all of them off it is the plain search,
 * the yardstick of the others.
 */
import { type Footprint, footprintOf, joined, meet } from './footprint.ts'
import { type Explorable, mixA, mixB, Random } from '@barter/core'
import { checkpointForeign } from './errors.ts'
import { Parted } from './nondeterminism.ts'
import type { Subtree } from './part.ts'
import type { SavedSearch, SavedSorts } from './saved-search.ts'
import type { Search } from './search.ts'
import { Tally, type TallyOptions } from './tally.ts'
import { type StateTable, VisitedStates } from './visited-states.ts'
import { Walker } from './walker.ts'

export interface DepthFirstOptions extends TallyOptions {
  /** State matching, with sleep sets and symmetry. */
  readonly match: boolean
  /** Sleep sets beside it; on unless told. */
  readonly sleep?: boolean
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

const SCHEDULES_TO_LEARN_FROM = 40
/** Below that branches are too thin to be seen in a percentage. */
const SMALLEST_WIDTH = 1e-6
const LEARNING_DEPTH = 2000

/** A thread that need not go first from here: all that begins so was explored, or is equal to what will be. */
interface Sleeper {
  readonly thread: number
  readonly touched: Footprint
}

interface Frame {
  /** Steps before it: several may lie between two frames. */
  readonly depth: number
  readonly candidates: readonly number[]
  next: number
  /** Those of before, and those that were explored from here. */
  readonly asleep: Sleeper[]
  readonly preemptions: number
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
  #begun = false
  readonly #sleeps: boolean
  readonly #bound: number

  constructor(subject: Explorable, options: DepthFirstOptions) {
    this.#options = options
    this.#visited = this.#freshTable()
    this.#walker = new Walker(subject)
    this.tally = new Tally(this.#walker, options)
    this.tally.share = () => this.#share()
    if (options.match) this.tally.statesNow = () => this.#visited.count
    this.#bound = options.preemptions ?? Infinity
    // Of two orders the one that is left out might have been the one with fewer preemptions.
    this.#sleeps = options.match && (options.sleep ?? true) && this.#bound === Infinity
  }

  run(): void {
    const { tally } = this
    tally.paused = false
    if (!this.#begun) {
      this.#begun = true
      if (this.#options.sorts !== undefined) this.#know(this.#options.sorts)
      else if (this.#options.match) this.#learn()
      if (this.#options.subtree === undefined) this.#begin()
      else this.#beginAt(this.#options.subtree)
    }
    while (tally.goesOn) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) break
      const thread = this.#nextOf(frame)
      if (thread === undefined) this.#frames.pop()
      else this.#explore(frame, thread)
      if (this.#visited.full) tally.stopped = true
    }
    if (this.#options.match) tally.states = { count: this.#visited.count, memory: this.#visited.memory }
    tally.complete = this.#frames.length === 0 && !tally.stopped && !tally.cutShort
  }

  save(): SavedSearch | undefined {
    const top = this.#frames.at(-1)
    if (top === undefined || this.tally.foundEnough) return undefined
    const { path, history } = this.#walker
    const saved = { tally: this.tally.save(), path: [...path], frames: this.#frames, sorts: history.sorts }
    const { steps, replayed, runs } = this.#walker
    this.#walker.back(top.depth)
    // To look there is no part of the search.
    Object.assign(this.#walker, { steps, replayed, runs })
    return { ...saved, state: [history.stateA, history.stateB], visited: this.#visited.count }
  }

  /** The words of the visited states, for a checkpoint. */
  get table(): Int32Array | undefined {
    return this.#options.match && this.#visited instanceof VisitedStates ? this.#visited.save() : undefined
  }

  /** What is known of sorts of things. */
  get sorts(): SavedSorts {
    return this.#walker.history.sorts
  }

  /** Of each branch on the way those before it are done; it counts as one of as many equal ones. */
  #share(): number {
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
    this.#walker.history.learn(sorts)
    this.#walker.restart()
  }

  #beginAt({ path, candidates, asleep, preemptions, state }: Subtree): void {
    const walker = this.#walker
    walker.follow(path, [path.length])
    const { stateA, stateB } = walker.history
    if (walker.depth !== path.length || stateA !== state[0] || stateB !== state[1]) {
      throw new Parted(path, 'a replay of it came to another state')
    }
    this.#frames.push({ depth: path.length, candidates, next: 0, asleep: [...asleep], preemptions })
  }

  /** **Errors** `UsageError` `CHECKPOINT_FOREIGN` when the path does not lead where it led. */
  restore(saved: SavedSearch, table?: Int32Array): void {
    const { path = [], frames = [], sorts = [], state = [0, 0] } = saved
    const walker = this.#walker
    const depth = frames.at(-1)?.depth ?? 0
    walker.history.learn(sorts)
    walker.follow(
      path.slice(0, depth),
      frames.map((frame) => frame.depth),
    )
    if (walker.depth !== depth || walker.history.stateA !== state[0] || walker.history.stateB !== state[1]) {
      throw checkpointForeign('its plugins did otherwise when it was written')
    }
    // The walker stands where the top frame begins; the search was further on, and comes back from there.
    walker.path.push(...path.slice(depth))
    for (const frame of frames) this.#frames.push({ ...frame, asleep: [...frame.asleep] })
    if (table !== undefined) this.#visited = VisitedStates.of(table, saved.visited ?? 0)
    this.tally.restore(saved.tally)
    this.#begun = true
  }

  #begin(): void {
    if (this.#walker.enabled().length === 0) {
      this.tally.schedule()
      return
    }
    this.#walker.keep()
    this.#frames.push({ depth: 0, candidates: this.#walker.enabled(), next: 0, asleep: [], preemptions: 0 })
  }

  /** What is shared shows best in schedules of chance; each thing found later would cost a new beginning. */
  #learn(): void {
    const walker = this.#walker
    const random = new Random(1)
    for (let i = 0; i < SCHEDULES_TO_LEARN_FROM && !this.tally.stopped; i++) {
      for (let enabled = this.#walker.enabled(); enabled.length > 0; enabled = this.#walker.enabled()) {
        if (walker.run.halted || walker.run.found > 0 || walker.depth > LEARNING_DEPTH) break
        walker.step(enabled[random.below(enabled.length)] ?? 0)
      }
      walker.noteBlocked()
      walker.restart()
    }
    walker.history.discovered = false
  }

  #explore(frame: Frame, thread: number): void {
    const walker = this.#walker
    if (walker.depth !== frame.depth) walker.back(frame.depth)
    const preempts = this.#preempts(thread) ? 1 : 0
    walker.step(thread)
    let touched = footprintOf(walker.history)
    if (this.#options.match) {
      // What no other thread can tell is done in one go with what comes after it.
      while (walker.history.wasPrivate && walker.run.found === 0 && walker.run.canRun(thread)) {
        walker.step(thread)
        touched = joined(touched, footprintOf(walker.history))
      }
      if (walker.history.discovered) return this.#again()
    }
    const asleep = this.#sleeps ? frame.asleep.filter((sleeper) => !meet(sleeper.touched, touched)) : []
    if (this.#sleeps) frame.asleep.push({ thread, touched })
    this.#arrive(asleep, frame.preemptions + preempts)
  }

  /** Steps were joined that others can tell apart: from the beginning, knowing more. */
  #again(): void {
    this.#walker.history.discovered = false
    if (this.#options.subtree !== undefined) {
      this.discovered = this.sorts
      this.tally.stopped = true
      return
    }
    this.#visited = this.#freshTable()
    this.parts.length = 0
    this.#frames.length = 0
    this.#walker.restart()
    this.tally.restarted()
    this.#begin()
  }

  /** The walker has come to a state: known and cut, the end of the run, or a place to go on from. */
  #arrive(asleep: Sleeper[], preemptions: number): void {
    const { run } = this.#walker
    if (this.tally.sawViolation() || run.halted || this.tally.tooLong(this.#walker.depth)) {
      this.#leaf()
      return
    }
    const enabled = this.#walker.enabled()
    if (enabled.length === 0) {
      if (this.#options.match) {
        this.#walker.noteBlocked()
        if (this.#walker.history.discovered) return this.#again()
        this.#enter(preemptions, 0)
      }
      this.#leaf()
      return
    }
    const wanted = this.#wanted(enabled, asleep, preemptions)
    const candidates = this.#options.match ? this.#unexplored(wanted, asleep, preemptions) : wanted
    if (candidates.length === 0) {
      this.tally.cut()
      return
    }
    if (this.#frames.length >= (this.#options.frontier ?? Infinity)) {
      const { path, history } = this.#walker
      const state = [history.stateA, history.stateB] as const
      this.parts.push({ path: [...path], candidates, asleep, preemptions, state })
      this.tally.look()
      return
    }
    this.#walker.keep()
    this.#frames.push({ depth: this.#walker.depth, candidates, next: 0, asleep, preemptions })
  }

  #leaf(): void {
    this.tally.schedule()
  }

  #wanted(enabled: number[], asleep: readonly Sleeper[], preemptions: number): number[] {
    const last = this.#walker.path.at(-1)
    // Who ran last goes first: schedules with few switches come early.
    if (last !== undefined && enabled.includes(last)) {
      if (preemptions >= this.#bound) return [last]
      enabled.splice(enabled.indexOf(last), 1)
      enabled.unshift(last)
    }
    if (asleep.length === 0) return enabled
    return enabled.filter((thread) => !asleep.some((sleeper) => sleeper.thread === thread))
  }

  /** Of those that are wanted, what no earlier visit has explored; one of each that may be swapped. */
  #unexplored(wanted: readonly number[], asleep: readonly Sleeper[], preemptions: number): number[] {
    const { history } = this.#walker
    let left = 0
    for (const { thread } of asleep) left |= bitOf(history.digestOf(thread))
    const before = this.#enter(preemptions, left)
    if (before === 0) return []
    const digests: number[] = []
    return wanted.filter((thread) => {
      const digest = history.digestOf(thread)
      if ((before & bitOf(digest)) === 0 || digests.includes(digest)) return false
      digests.push(digest)
      return true
    })
  }

  /** With a bound, how much of it is left and who ran last belong to the state. */
  #enter(preemptions: number, left: number): number {
    const { history, path } = this.#walker
    const { stateA, stateB } = history
    if (this.#bound === Infinity) return this.#visited.enter(stateA, stateB, left)
    const last = path.at(-1)
    const extra = preemptions * 31 + (last === undefined ? 0 : history.digestOf(last))
    return this.#visited.enter(mixA(stateA, extra), mixB(stateB, extra), left)
  }

  #preempts(thread: number): boolean {
    const last = this.#walker.path.at(-1)
    return last !== undefined && last !== thread && this.#walker.run.canRun(last)
  }

  #nextOf(frame: Frame): number | undefined {
    return frame.candidates[frame.next++]
  }
}

const bitOf = (digest: number): number => 1 << (digest & 31)
