/**
 * Random schedules before a search, and each time before it starts over: they show what threads share and what they come to
 * touch. It may be stopped or paused after each of them.
 */
import { Random, type RandomState } from '@barter/core'
import type { PersistentSets } from './persistent-set.ts'
import type { Stretches } from './stretch.ts'
import type { Tally } from './tally.ts'
import type { Walker } from './walker.ts'

const SCHEDULES_TO_LEARN_FROM = 40
/** So many of them are also run to their end by the real code, which costs: for what is left over, and for steps that never return. */
const FINISHED = 8
const LEARNING_DEPTH = 2000
/** Walks end when so many in a row have shown nothing new, or after so many steps, in later attempts a share of those so far. */
const WALKS_WITHOUT_NEWS = 10
const MOST_STEPS_OF_WALKS = 50_000
const MOST_STEPS_AGAIN = 5_000
const SHARE_OF_STEPS = 0.25
/** Factor for the walks each time that a search starts over, and their limit. A walk with steps from memory costs little. */
const MORE_WALKS = 4
const MOST_WALKS_WITHOUT_NEWS = 640

const SEED_OF_SHARING = 1
const SEED_OF_FUTURES = 2

/** How far learning has come. */
interface Lesson {
  /** Schedules still to run to see what is shared; at 0 walks show what threads come to touch. */
  readonly left: number
  /** Walks since the last that showed something new. */
  readonly stale: number
  /** Steps of the search at which learning ends. */
  readonly most: number
  readonly random: Random
}

/** The same as data. **Shape** `lesson`: `null` when it is over. */
export interface SavedLearning {
  readonly patience: number
  readonly lesson: (Omit<Lesson, 'random'> & { readonly random: RandomState }) | null
}

/** One of several workers that learn together: each takes other walks, and fewer of them. **Shape** `number`: from 0. */
export interface Among {
  readonly number: number
  readonly all: number
}

const ALONE: Among = { number: 0, all: 1 }

export class Learning {
  readonly #walker: Walker
  readonly #stretches: Stretches
  readonly #sets: PersistentSets
  readonly #tally: Tally
  /** It matters what threads may come to touch. */
  readonly #looksAhead: boolean
  readonly #keepsBound: boolean
  readonly #among: Among
  /** It pauses until the other workers have told what they saw of what is shared. */
  awaitsOthers = false
  #patience = WALKS_WITHOUT_NEWS
  #lesson: Lesson | undefined

  constructor(
    walker: Walker,
    stretches: Stretches,
    sets: PersistentSets,
    tally: Tally,
    looksAhead: boolean,
    keepsBound: boolean,
    among: Among = ALONE,
  ) {
    this.#keepsBound = keepsBound
    this.#among = among
    this.#walker = walker
    this.#stretches = stretches
    this.#sets = sets
    this.#tally = tally
    this.#looksAhead = looksAhead
  }

  /** Begin with what is shared: it shows best in random schedules, and each thing found later makes the search start over. */
  begin(): void {
    const { number, all } = this.#among
    const random = new Random(SEED_OF_SHARING, number)
    this.#lesson = { left: Math.ceil(SCHEDULES_TO_LEARN_FROM / all), stale: 0, most: 0, random }
  }

  /** Go on with what threads may come to touch, which is best known before any of them is left aside. */
  beginAhead(): void {
    const { steps } = this.#walker
    const atMost = this.#tally.restarts === 0 ? MOST_STEPS_OF_WALKS : MOST_STEPS_AGAIN
    const most = steps + Math.max(atMost, SHARE_OF_STEPS * steps)
    const random = new Random(SEED_OF_FUTURES + this.#tally.restarts, this.#among.number)
    this.#lesson = this.#looksAhead ? { left: 0, stale: 0, most, random } : undefined
  }

  /** Learn until that is over, stopped or paused. The walker is at the beginning. **Shape** gives whether it is over. */
  goOn(): boolean {
    this.awaitsOthers = false
    while (this.#lesson !== undefined && this.#tally.goesOn && !this.awaitsOthers) {
      this.#lesson = this.#lesson.left > 0 ? this.#run(this.#lesson) : this.#look(this.#lesson)
      this.#tally.look()
    }
    return this.isOver
  }

  get isOver(): boolean {
    return this.#lesson === undefined
  }

  get saved(): SavedLearning {
    const lesson = this.#lesson
    return {
      patience: this.#patience,
      lesson: lesson === undefined ? null : { ...lesson, random: lesson.random.state },
    }
  }

  restore({ patience, lesson }: SavedLearning): void {
    this.#patience = patience
    this.#lesson = lesson === null ? undefined : { ...lesson, random: Random.at(lesson.random) }
  }

  /** Take more walks from now on, if they cost little. **Shape** gives whether it will. */
  getsPatient(): boolean {
    if (this.isPatient) return false
    this.#patience *= MORE_WALKS
    return true
  }

  /** It takes as many walks as it ever will. */
  get isPatient(): boolean {
    return !this.#walker.remembers || this.#patience >= MOST_WALKS_WITHOUT_NEWS
  }

  /** Run one more schedule. **Shape** gives how far learning has come then. */
  #run(lesson: Lesson): Lesson | undefined {
    const walker = this.#walker
    for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
      if (walker.run.halted || walker.run.found > 0 || walker.depth > LEARNING_DEPTH) break
      walker.step(enabled[lesson.random.below(enabled.length)] ?? 0)
    }
    const number = SCHEDULES_TO_LEARN_FROM - lesson.left
    if (number < FINISHED && !this.#keepsBound && walker.enabled().length === 0) walker.run.finish()
    this.#note(number + 1)
    walker.noteBlocked()
    walker.restart()
    if (lesson.left > 1) return { ...lesson, left: lesson.left - 1 }
    walker.history.discipline.discovered = false
    this.beginAhead()
    this.awaitsOthers = this.#among.all > 1
    return this.#lesson
  }

  /** Take one more walk. **Shape** as `#run`. */
  #look(lesson: Lesson): Lesson | undefined {
    const walker = this.#walker
    const { discipline } = walker.history
    const before = this.#sets.futures.version
    this.#walk(lesson.random)
    this.#note(SCHEDULES_TO_LEARN_FROM)
    walker.restart()
    const stale = this.#sets.futures.version === before ? lesson.stale + 1 : 0
    if (discipline.discovered) {
      // Other steps are joined now, so threads stop at other points.
      discipline.discovered = false
      this.#sets.forget()
    }
    // Without a memory of steps a walk costs as much as it may save.
    const longest = walker.remembers ? this.#patience : Math.min(this.#patience, WALKS_WITHOUT_NEWS)
    const patience = Math.ceil(longest / this.#among.all)
    return stale < patience && walker.steps < lesson.most ? { ...lesson, stale } : undefined
  }

  /** A violation on the way counts as found, unless there is a bound to keep to. **Shape** `schedules`: how many it took. */
  #note(schedules: number): void {
    const tally = this.#tally
    if (this.#keepsBound || !tally.sawViolation()) return
    if (tally.foundEnough) tally.schedules += schedules
  }

  #walk(random: Random): void {
    const walker = this.#walker
    let from = this.#stretches.here()
    while (from.enabled.length > 0 && from.depth < LEARNING_DEPTH) {
      const thread = from.enabled[random.below(from.enabled.length)] ?? 0
      walker.step(thread)
      for (;;) {
        const stretch = this.#stretches.of(thread, from.locals[thread] ?? 0)
        if (walker.run.found > 0 || walker.run.halted || walker.history.discipline.discovered) return
        this.#sets.record(from.locals.length, thread, stretch)
        from = stretch.here
        // One step further, either the same thread continues, or the walker has to go back.
        if (walker.depth === from.depth) break
        if (random.below(2) === 0) {
          walker.back(from.depth)
          break
        }
      }
    }
  }
}
