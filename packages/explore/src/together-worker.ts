/**
 * One of several workers of a search by state matching: each explores depth first, gives part of what it has left to workers
 * without work, and tells the others what it learns. It comes back to the leading thread now and then.
 */
import type { Explorable } from '@barter/core'
import { Attempts } from './attempts.ts'
import { Descent } from './descent.ts'
import type { Subtree } from './frame.ts'
import type { WrongPerhaps } from './going-back.ts'
import { LOOK_EVERY, PartControl } from './part.ts'
import { Doubted } from './remembered-run.ts'
import { runSearch } from './search.ts'
import { SharedStates } from './shared-states.ts'
import type { TogetherBeginning, TogetherResult, TogetherTask } from './together-task.ts'
import { twice } from './twice.ts'

/** How often it is asked whether to go on, between two tellings of what was learned: few times at first. */
const FEWEST_TURNS = 16
const MOST_TURNS = 1024

export class TogetherWorker {
  readonly #subject: Explorable
  readonly #control: PartControl
  readonly #isHere: boolean
  readonly #pause: () => boolean
  readonly #descent: Descent
  readonly #attempts: Attempts
  #table = SharedStates.sized(1)
  #attempt = 0
  /** It has finished learning. */
  #hasLearned: boolean
  /** Parts that it has not begun. */
  readonly #waiting: Subtree[] = []
  #isToBegin = false
  #turns = 0
  #toldThings = -1
  #toldDoubts = 0
  #mostTurns = FEWEST_TURNS

  /** **Shape** `pause`: see `TaskRunner`. */
  constructor(subject: Explorable, search: TogetherBeginning, pause = (): boolean => false) {
    const { violations, preemptions, outcomes = false, sorts, back } = search
    this.#subject = subject
    this.#control = new PartControl(search.control)
    this.#isHere = search.isHere
    this.#pause = pause
    this.#descent = new Descent(search.twice === true ? twice(subject) : subject, {
      match: true,
      violations,
      outcomes,
      everyEnd: search.twice === true,
      isOfSeveral: true,
      ...(preemptions === undefined ? {} : { preemptions }),
      table: () => this.#table,
      stop: () => this.#mustStop(),
      pause: () => this.#isDue(),
      lookEvery: LOOK_EVERY,
    })
    this.#descent.back.isPossible = this.#descent.singles
    if (back !== undefined) this.#descent.back.restore(back)
    this.#attempts = new Attempts(this.#descent, search.learn ?? true, search)
    this.#hasLearned = sorts?.learning.lesson === null
    if (sorts === undefined) this.#attempts.begin()
    else this.#attempts.know(sorts)
  }

  run(task: TogetherTask): TogetherResult {
    this.#hear(task)
    const { tally } = this.#descent
    if (task.does !== 'save') {
      tally.paused = false
      this.#turns = this.#mostTurns
      runSearch(this.#subject, { tally, run: () => this.#goOn(task) })
    }
    const result = this.#result(task)
    this.#control.cameBack()
    return result
  }

  #mustStop(): boolean {
    this.#control.count(LOOK_EVERY)
    return this.#control.stopped
  }

  /** Another worker has nothing to do, or all are to come back, or it is time to tell and hear what was learned. */
  #isDue(): boolean {
    if (this.#control.recalls || --this.#turns <= 0 || this.#pause()) return true
    if (this.#isHere && this.#control.back > 0) return true
    return this.#control.isAnyIdle && this.#canGive
  }

  get #canGive(): boolean {
    return this.#waiting.length > 0 || this.#descent.canGive || this.#descent.back.canGive
  }

  #hear({ does, attempt, isWary, table, things, doubts, news, subtrees, claims, isFirst }: TogetherTask): void {
    const { walker, sets, back, tally } = this.#descent
    const { discipline } = walker.history
    if (table !== undefined) {
      this.#descent.visited = this.#table = new SharedStates(table)
      // It had stopped as the table before was full.
      if (!this.#control.stopped) tally.stopped = false
    }
    for (const one of news) sets.futures.hear(one)
    if (doubts !== undefined) walker.doubt(doubts)
    const stopElsewhere = things !== undefined && discipline.hear(things)
    if (attempt !== this.#attempt) {
      this.#attempt = attempt
      this.#attempts.isWary = isWary
      discipline.discovered ||= stopElsewhere
      this.#waiting.length = 0
      this.#isToBegin = false
      this.#attempts.anew()
      back.isPossible = this.#descent.singles
      this.#hasLearned = false
    } else if (stopElsewhere && does === 'learn') {
      this.#attempts.learnAgain()
      this.#hasLearned = false
    } else if (stopElsewhere) {
      discipline.discovered = true
      this.#descent.fail()
    }
    this.#isToBegin ||= isFirst
    this.#waiting.push(...subtrees)
    back.take(claims)
  }

  /** Explore until nothing is left, it is due, or all have to start over. */
  #goOn({ does }: TogetherTask): void {
    const descent = this.#descent
    try {
      if (!this.#hasLearned) {
        this.#hasLearned = this.#attempts.learn()
        return
      }
      if (does === 'learn') return
      if (this.#isToBegin) descent.begin()
      this.#isToBegin = false
      while (descent.tally.goesOn && !descent.isBroken) {
        descent.goThrough()
        if (!descent.tally.goesOn || descent.isBroken) return
        const next = this.#waiting.pop()
        if (next !== undefined) descent.beginAt(next)
        else if (does !== 'settle' || this.#attempts.isStale) return
        else if (!descent.back.next()) {
          descent.walker.settle()
          return
        }
      }
    } catch (error) {
      if (!(error instanceof Doubted)) throw error
      descent.walker.forget()
      descent.fail()
    }
  }

  #result({ does }: TogetherTask): TogetherResult {
    const { tally, sets, back, frames, isBroken, visited } = this.#descent
    const given = does === 'save' ? this.#all : this.#given
    const news = sets.futures.takeNews()
    // With nothing to tell it comes back less often.
    this.#mostTurns = news.length > 0 ? FEWEST_TURNS : Math.min(2 * this.#mostTurns, MOST_TURNS)
    const hasPlaces = frames.length > 0 || this.#waiting.length > 0
    return {
      kind: 'together',
      tally: tally.save(),
      endless: tally.endless,
      isStopped: tally.stopped && !visited.full,
      isBusy: does === 'learn' ? this.#attempts.isLearning : hasPlaces || (does === 'settle' && tally.paused),
      hasLearned: this.#hasLearned,
      left: this.#waiting.reduce((sum, { width = 0 }) => sum + width, this.#descent.left),
      ...given,
      news,
      ...this.#more,
      isBroken,
      isFull: visited.full,
      isStale: this.#attempts.isStale || (does === 'save' && back.isUnderWay),
      restsOnAll: this.#attempts.restsOnAll,
      ...(does === 'save' ? { sorts: this.#attempts.sorts } : {}),
    }
  }

  /** What is shared, and which steps must not be remembered, if it is more than was told before. */
  get #more(): Pick<TogetherResult, 'things' | 'doubts'> {
    const { history, doubts } = this.#descent.walker
    const { discipline } = history
    const { version } = discipline
    const isMore = version !== this.#toldThings
    const isDoubted = doubts.length !== this.#toldDoubts
    this.#toldThings = version
    this.#toldDoubts = doubts.length
    return { ...(isMore ? { things: discipline.known } : {}), ...(isDoubted ? { doubts } : {}) }
  }

  get #given(): { readonly subtrees: readonly Subtree[]; readonly claims: readonly WrongPerhaps[] } {
    if (this.#descent.isBroken || !this.#control.isAnyIdle || !this.#canGive) return { subtrees: [], claims: [] }
    this.#control.served()
    const subtree = this.#waiting.shift() ?? this.#descent.give()
    return subtree === undefined
      ? { subtrees: [], claims: this.#descent.back.give() }
      : { subtrees: [subtree], claims: [] }
  }

  get #all(): { readonly subtrees: readonly Subtree[]; readonly claims: readonly WrongPerhaps[] } {
    return { subtrees: [...this.#descent.giveAll(), ...this.#waiting.splice(0).reverse()], claims: [] }
  }
}
