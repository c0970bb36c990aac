/**
 * Depth-first search through all schedules, and the reductions that shorten it without losing a state.
 *
 * *State matching*: a state that was reached before is not explored again. *Sleep sets*: of two steps that commute, one
 * order is taken; sleepers are kept with the state, since a later visit may need what the first one left out. *Symmetry*:
 * of threads that may be swapped for each other, one is tried. *Joins* (discipline.ts): steps that nobody can tell apart are
 * taken in one go. *Singles* (persistent-set.ts): threads with which no step of the others conflicts are left aside.
 * *Memory* (remembered-run.ts): steps that were seen are not run again. With all of them off it is plain search, the
 * yardstick of the others.
 */
import type { Explorable } from '@barter/core'
import { Attempts } from './attempts.ts'
import { Descent, type DescentOptions } from './descent.ts'
import { checkpointForeign } from './errors.ts'
import type { Subtree } from './frame.ts'
import { unclaimed, unrelied } from './futures.ts'
import { Doubted } from './remembered-run.ts'
import type { SavedSearch, SavedSorts, SavedTally } from './saved-search.ts'
import { savedSleepers, sleepersOf } from './saved-sleeper.ts'
import type { Search } from './search.ts'
import type { Tally } from './tally.ts'
import { VisitedStates } from './visited-states.ts'

export interface DepthFirstOptions extends DescentOptions {
  /** Learn from random schedules first; on by default. */
  readonly learn?: boolean
  /** Explore only this; without state matching. */
  readonly subtree?: Subtree
}

const ALMOST_ALL = 0.99

/** Explore until the end, or until it is stopped. */
export function depthFirst(subject: Explorable, options: DepthFirstOptions): Tally {
  const search = new DepthFirst(subject, options)
  search.run()
  return search.tally
}

export class DepthFirst implements Search {
  readonly tally: Tally
  readonly #options: DepthFirstOptions
  readonly #descent: Descent
  readonly #attempts: Attempts
  /** Learning is over, and exploring has begun. */
  #begun = false
  /** Nothing is left to explore, and no place to go back to. */
  #isSettled = false

  constructor(subject: Explorable, options: DepthFirstOptions) {
    this.#options = options
    this.#descent = new Descent(subject, options)
    this.tally = this.#descent.tally
    this.tally.share = () => Math.min(ALMOST_ALL, 1 - this.#descent.left)
    this.#attempts = new Attempts(this.#descent, options.match && (options.learn ?? true))
    this.#attempts.begin()
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
        this.#descent.walker.forget()
        inDoubt = true
      }
    }
    this.#countStates()
    tally.complete = this.#isSettled && !tally.stopped && !tally.cutShort
  }

  #countStates(): void {
    const { count, memory } = this.#descent.visited
    if (this.#options.match) this.tally.states = { count, memory }
  }

  /** With `frontier`: places to continue from, in order. */
  get parts(): readonly Subtree[] {
    return this.#descent.parts
  }

  /** The words of the visited states, for a checkpoint. */
  get table(): Int32Array | undefined {
    const { visited } = this.#descent
    return this.#begun && this.#options.match && visited instanceof VisitedStates ? visited.save() : undefined
  }

  /** Learn what is left to learn, then go to the first place, unless it is stopped before. */
  #start(): void {
    if (!this.#attempts.learn()) return
    if (this.#options.subtree === undefined) this.#descent.begin()
    else this.#descent.beginAt(this.#options.subtree)
    this.#begun = true
  }

  #againInDoubt(): void {
    if (this.#begun || this.tally.restarts > 0) this.#again()
    else this.#attempts.begin()
  }

  /** Explore until nothing is left, or until it is stopped. */
  #goThrough(): void {
    const { tally } = this
    const descent = this.#descent
    const attempts = this.#attempts
    while (tally.goesOn) {
      descent.goThrough()
      if (descent.isBroken) {
        this.#again()
        return
      }
      if (!tally.goesOn || (!attempts.isStale && descent.back.next())) continue
      if (attempts.restsOnAll) {
        descent.walker.settle()
        this.#isSettled = true
        return
      }
      attempts.isWary ||= !attempts.isStale
      this.#again()
      return
    }
  }

  #again(): void {
    this.#attempts.anew()
    this.#begun = false
  }

  save(): SavedSearch | undefined {
    if (this.tally.foundEnough || this.#isSettled) return undefined
    const { frames, walker, visited } = this.#descent
    const { isWary, isStale, sorts } = this.#attempts
    const tally = this.tally.save()
    if (!this.#begun) return { tally, sorts, isWary, isStale }
    const back = this.#descent.back.save()
    if (back === undefined && this.#descent.back.isUnderWay) return anew(tally, sorts, isWary)
    const known = back === undefined ? { sorts: { ...sorts, futures: unclaimed(sorts.futures) } } : { sorts, back }
    const { path, history, steps, replayed, runs } = walker
    const asData = frames.map((frame) => ({ ...frame, asleep: savedSleepers(frame.asleep, this.#descent.names) }))
    const saved = { tally, ...known, isWary, isStale, path: [...path], frames: asData, visited: visited.count }
    const top = frames.at(-1)
    if (top === undefined) return { ...saved, path: [] }
    walker.back(top.depth)
    // Going back there is not counted as part of the search.
    Object.assign(walker, { steps, replayed, runs })
    return { ...saved, state: [history.stateA, history.stateB] }
  }

  /** **Errors** `UsageError` `CHECKPOINT_FOREIGN` when the path does not lead where it led. */
  restore(saved: SavedSearch, table?: Int32Array): void {
    const { path = [], frames, sorts, back, isWary = false, isStale = false } = saved
    const descent = this.#descent
    if (sorts !== undefined) this.#attempts.know(sorts)
    Object.assign(this.#attempts, { isWary, isStale })
    if (frames === undefined) {
      this.tally.restore(saved.tally)
      return
    }
    const depth = frames.at(-1)?.depth ?? 0
    this.#follow(path.slice(0, depth), saved)
    // The walker stands where the top frame begins; the search had gone further, and would come back from there.
    descent.walker.path.push(...path.slice(depth))
    for (const frame of frames) {
      const { candidates, asleep, others } = frame
      const sleepers = sleepersOf(asleep, descent.names)
      descent.frames.push({ ...frame, candidates: [...candidates], asleep: sleepers, others: [...others] })
    }
    if (table !== undefined) descent.visited = VisitedStates.of(table, saved.visited ?? 0)
    if (back !== undefined) descent.back.restore(back)
    else for (const frame of descent.frames) frame.ground = -1
    // Getting there is not counted as part of the search.
    this.tally.restore(saved.tally)
    // It may be at its limit already.
    this.#countStates()
    this.#begun = true
  }

  #follow(path: readonly number[], { frames = [], state }: SavedSearch): void {
    const { walker } = this.#descent
    walker.follow(
      path,
      frames.map((frame) => frame.depth),
    )
    const { stateA, stateB } = walker.history
    const isThere = state === undefined || (stateA === state[0] && stateB === state[1])
    if (walker.depth !== path.length || !isThere) {
      throw checkpointForeign('its plugins did otherwise when it was written')
    }
  }
}

/** A checkpoint without the places to go back to: the search starts over, keeping what it learned. */
function anew(tally: SavedTally, sorts: SavedSorts, isWary: boolean): SavedSearch {
  const counts = { schedules: 0, cuts: 0, outcomes: [], restarts: tally.restarts + 1 }
  return { tally: { ...tally, ...counts }, sorts: { ...sorts, futures: unrelied(sorts.futures) }, isWary }
}
