/** Steps of one thread taken in one go: as many as nobody can tell apart (see discipline.ts). */
import { APART, EARLIER, LATER } from './discipline.ts'
import { type Footprint, footprintOf, joined } from './footprint.ts'
import { Touched } from './touched.ts'
import type { Standpoint } from './persistent-set.ts'
import type { Walker } from './walker.ts'

/** A state on the path, as it was when the walker stood there. */
export interface Place extends Standpoint {
  readonly depth: number
  /** Of each thread that can go on. */
  readonly digests: readonly number[]
  readonly stateA: number
  readonly stateB: number
  /** The thread that took the last step; -1 at the beginning. */
  readonly last: number
  readonly lastDigest: number
  /** Threads that take no step any more. */
  readonly ended: readonly number[]
}

export interface Stretch {
  readonly touched: Footprint
  /** For each step: what the thread knew before it, and what it touched from there to the end. The whole comes first. */
  readonly parts: readonly StretchPart[]
  /** The place after them. The walker stands there, or one step further. */
  readonly here: Place
}

export interface StretchPart {
  readonly local: number
  readonly things: Touched
}

export interface StretchOptions {
  /** States are matched: each thread that can go on has a digest. */
  readonly match: boolean
  readonly joins: boolean
  /** Keep track of what threads know, and what they touch. */
  readonly singles: boolean
  /** There is a bound on preemptions. */
  readonly bounded: boolean
  /** Is a schedule of so many steps to be given up? */
  readonly tooLong: (depth: number) => boolean
}

export class Stretches {
  readonly #walker: Walker
  readonly #options: StretchOptions

  constructor(walker: Walker, options: StretchOptions) {
    this.#walker = walker
    this.#options = options
  }

  /** Where the walker stands. */
  here(): Place {
    const { depth, path, history } = this.#walker
    const { match, bounded } = this.#options
    const enabled = this.#walker.enabled()
    const { stateA, stateB } = history
    const last = path.at(-1) ?? -1
    const digests = match ? enabled.map((thread) => history.digestOf(thread)) : []
    const lastDigest = !bounded || last < 0 ? 0 : history.digestOf(last)
    return { depth, enabled, digests, stateA, stateB, last, lastDigest, ...this.#threads() }
  }

  /** The walker has taken a step of `thread`, which knew `local` before: take further steps that may be joined with it. */
  of(thread: number, local: number): Stretch {
    const walker = this.#walker
    const { history } = walker
    let touched = footprintOf(history)
    const parts: StretchPart[] = [{ local, things: new Touched() }]
    this.#noteThings(parts)
    for (let moved = history.moves; this.#options.joins && this.#mayGoOn(thread); moved |= history.moves) {
      const ahead = walker.movesAhead(thread)
      if (ahead !== undefined && !this.#follows(moved, ahead)) break
      const here = ahead === undefined ? this.here() : undefined
      const local = this.#options.singles ? history.localOf(thread) : 0
      if (ahead === undefined) walker.keep()
      walker.step(thread)
      // A step that ends the run conflicts with all others, whatever it touched, and whatever they were about to touch.
      const moves = this.#isOver ? history.moves | EARLIER | LATER | APART : history.moves
      if (!this.#follows(moved, moves)) {
        // With a memory of steps going back costs nothing, and next time the moves are known before.
        if (here !== undefined && !walker.remembers) return { touched, parts, here }
        walker.takeBack()
        if (here !== undefined) walker.unkeep()
        break
      }
      if (ahead === undefined) walker.unkeep()
      touched = joined(touched, footprintOf(history))
      parts.push({ local, things: new Touched() })
      this.#noteThings(parts)
    }
    return { touched, parts, here: this.here() }
  }

  /**
   * May a step be joined with those before it? The order is: steps that may move to later, one that stays, steps that may move
   * to earlier. With a bound only steps that move both ways are joined: a thread that is preempted while it holds a lock makes
   * others wait, and returning to it is no preemption.
   */
  #follows(before: number, step: number): boolean {
    if (this.#options.bounded) return before === 0
    return (step & APART) === 0 && ((before & EARLIER) === 0 || (step & LATER) === 0)
  }

  /** The machine is down, or a violation was found. */
  get #isOver(): boolean {
    const { run } = this.#walker
    return run.halted || run.found > 0
  }

  #mayGoOn(thread: number): boolean {
    const { run, depth, history } = this.#walker
    if (history.discipline.discovered || this.#isOver) return false
    return run.canRun(thread) && !this.#options.tooLong(depth)
  }

  #noteThings(parts: readonly StretchPart[]): void {
    if (!this.#options.singles) return
    const { history } = this.#walker
    for (const { things } of parts) {
      for (let i = 0; i < history.count; i++) things.add(history.thingAt[i] as number, history.modeAt[i] as number)
      if (this.#isOver) things.down()
    }
  }

  #threads(): Pick<Place, 'locals' | 'fences' | 'holders' | 'ended'> {
    if (!this.#options.singles) return { locals: [], fences: [], holders: [], ended: [] }
    const { history, run } = this.#walker
    const locals: number[] = []
    const fences: number[] = []
    const holders: number[] = []
    const ended: number[] = []
    for (let thread = 0; thread < run.threads; thread++) {
      locals.push(history.localOf(thread))
      fences.push(this.#walker.fenceOf(thread))
      holders.push(this.#walker.holderOf(thread))
      if (run.hasEnded(thread)) ended.push(thread)
    }
    return { locals, fences, holders, ended }
  }
}
