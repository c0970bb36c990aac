/**
 * Leads several workers through one search by state matching. They share the table of states, so each place is explored by the
 * worker that comes there first; one without work is given part of what another has left. What threads may come to touch is
 * learned by each and told to all. At the end all know the same, and each goes back to where it wrongly left threads aside.
 */
import type { Explorable } from '@barter/core'
import { Discipline } from './discipline.ts'
import type { Subtree } from './frame.ts'
import { Futures, type News, unclaimed, unrelied } from './futures.ts'
import type { WrongPerhaps } from './going-back.ts'
import type { PartControl } from './part.ts'
import type { SavedSorts, SavedTally } from './saved-search.ts'
import { SharedStates } from './shared-states.ts'
import type { Found } from './tally.ts'
import type { Doing, Phase, TogetherBeginning, TogetherResult, TogetherSearch, TogetherTask } from './together-task.ts'
import type { Worker } from './worker.ts'

/** Where it resumes a search that was stopped. */
export interface TogetherStart {
  readonly subtrees: readonly Subtree[]
  readonly states: SharedStates
}

/** What came of it. */
export interface TogetherEnd {
  readonly tallies: readonly SavedTally[]
  readonly states: SharedStates
  readonly found: readonly Found[]
  /** It ended as something was found beside it. */
  readonly foundBeside: boolean
  readonly endless: string | undefined
  /** Nothing is left to explore. */
  readonly isWhole: boolean
  /** If it was stopped: everything that is left to explore; `undefined` if it has to start over. */
  readonly rest: readonly Subtree[] | undefined
  readonly sorts: SavedSorts | undefined
}

const GROWTH = 4

/** A worker, and what is known about it. */
interface Member {
  readonly worker: Worker
  readonly number: number
  hasBegun: boolean
  /** Its last result. */
  result: TogetherResult | undefined
  isBusy: boolean
  isSettled: boolean
  /** How much of what was learned it was told. */
  heard: number
  things: number
  doubts: number
  table: SharedStates | undefined
}

export class Together {
  /** Asked whenever a worker comes back: was something found beside the search, after so many steps of it? Then it ends. */
  findsBeside: (steps: number) => boolean = () => false
  readonly #members: readonly Member[]
  readonly #control: PartControl
  readonly #search: TogetherSearch
  #states: SharedStates
  #attempt = 0
  #isWary = false
  /** What is known to be shared. */
  readonly #discipline: Discipline
  readonly #doubts = new Set<number>()
  /** What was learned, and by whom, in order. */
  #news: { readonly by: Member; readonly news: News }[] = []
  /** Parts that nobody has begun. */
  #subtrees: Subtree[] = []
  #claims: WrongPerhaps[] = []
  #isFirst = false
  /** Exploring has begun. */
  #hasBegun = false
  /** Workers that have nothing to do. */
  readonly #idle: (() => void)[] = []
  #running = 0
  /** This attempt is over, or the whole search. */
  #isOver = false
  #foundBeside = false

  /** **Shape** `places`: size of the first table. */
  constructor(
    subject: Explorable,
    workers: readonly Worker[],
    control: PartControl,
    search: TogetherSearch,
    places: number,
  ) {
    this.#discipline = new Discipline(Int32Array.from(subject.groupClasses))
    if (search.sorts !== undefined) this.#discipline.learn(search.sorts.things)
    this.#members = workers.map((worker, number) => ({
      worker,
      number,
      hasBegun: false,
      result: undefined,
      isBusy: false,
      isSettled: false,
      heard: 0,
      things: this.#discipline.version,
      doubts: 0,
      table: undefined,
    }))
    this.#control = control
    this.#search = search
    this.#states = SharedStates.sized(places)
  }

  get states(): SharedStates {
    return this.#states
  }

  /** Share that is done, from 0 to 1, as if all branches were of equal size. */
  get share(): number {
    const results = this.#results
    if (results.length === 0) return 0
    const waiting = this.#subtrees.reduce((sum, { width = 0 }) => sum + width, 0)
    return Math.max(0, 1 - waiting - results.reduce((sum, { left }) => sum + left, 0))
  }

  /** Search until the end, or until it is stopped. **Errors** those of the workers. */
  async run(start?: TogetherStart): Promise<TogetherEnd> {
    if (start === undefined) await this.#learn()
    else {
      this.#states = start.states
      this.#hasBegun = true
      this.#subtrees = [...start.subtrees].reverse()
    }
    for (;;) {
      await this.#phase('explore')
      while (!this.#isOver && this.#members.some((member) => !this.#isSettled(member))) await this.#phase('settle')
      const results = this.#results
      const isBroken = results.some((one) => one.isBroken)
      const hasEnded = this.#isOver && !isBroken
      if (this.#control.stopped || hasEnded) return this.#end(false)
      if (!isBroken && results.every((one) => one.restsOnAll)) return this.#end(true)
      this.#isWary ||= !isBroken && !results.some((one) => one.isStale)
      this.#beginAnew()
      await this.#learn()
    }
  }

  get #results(): readonly TogetherResult[] {
    return this.#members.flatMap(({ result }) => (result === undefined ? [] : [result]))
  }

  /** All workers learn, until they agree on what is shared. */
  async #learn(): Promise<void> {
    const isLacking = ({ things, result }: Member): boolean =>
      things !== this.#discipline.version || result?.hasLearned !== true
    do await this.#phase('learn')
    while (!this.#isOver && this.#members.some(isLacking))
    this.#isFirst = true
  }

  #beginAnew(): void {
    this.#attempt++
    this.#isOver = false
    this.#control.recalls = false
    this.#states = SharedStates.sized(this.#states.places)
    this.#subtrees = []
    this.#claims = []
    this.#isFirst = false
    this.#hasBegun = false
    for (const member of this.#members) member.isBusy = false
  }

  /** Keep the workers going until none has anything to do. */
  async #phase(does: Phase): Promise<void> {
    if (this.#isOver) return
    do {
      if (this.#states.full) this.#grow()
      // Those that have work begin, and may give some of it away.
      const inTurn = [...this.#members].sort((a, b) => Number(b.isBusy) - Number(a.isBusy))
      const ends = await Promise.allSettled(inTurn.map((member) => this.#work(member, does)))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } while (!this.#isOver && this.#members.some(({ isBusy }) => isBusy))
  }

  /** The table is full, and no worker runs. */
  #grow(): void {
    const larger = SharedStates.sized(this.#states.places * GROWTH)
    larger.enterAll(this.#states)
    this.#states = larger
    this.#control.recalls = false
  }

  async #work(member: Member, does: Phase): Promise<void> {
    let isFirst = does !== 'explore'
    try {
      while (isFirst || member.isBusy || (await this.#getsWork())) {
        isFirst = false
        this.#running++
        const result = await this.#ask(member, does).finally(() => this.#running--)
        this.#told(member, result, does)
        if (this.#isOver || this.#control.recalls) break
      }
    } catch (error) {
      this.#isOver = true
      this.#control.recalls = true
      throw error
    } finally {
      if (this.#running === 0) this.#wakeAll()
    }
  }

  get #hasWork(): boolean {
    return this.#isFirst || this.#subtrees.length > 0 || this.#claims.length > 0
  }

  /** Wait until there is work, or nobody is left who could give any. **Shape** gives whether there is. */
  async #getsWork(): Promise<boolean> {
    while (!this.#isOver && !this.#control.recalls) {
      if (this.#hasWork) return true
      if (this.#running === 0) return false
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve)
        this.#control.idle = this.#idle.length
      })
    }
    return false
  }

  #wakeAll(): void {
    for (const wake of this.#idle.splice(0)) wake()
    this.#control.idle = 0
  }

  async #ask(member: Member, does: Doing): Promise<TogetherResult> {
    const { worker, hasBegun } = member
    const { version } = this.#discipline
    const task: TogetherTask = {
      kind: 'together',
      does,
      attempt: this.#attempt,
      isWary: this.#isWary,
      ...(hasBegun ? {} : { begin: this.#beginningOf(member) }),
      ...(member.things === version ? {} : { things: this.#discipline.known }),
      ...(member.doubts === this.#doubts.size ? {} : { doubts: [...this.#doubts] }),
      ...(member.table === this.#states ? {} : { table: this.#states.buffer }),
      news: this.#newsFor(member),
      isFirst: this.#isFirst && does !== 'save',
      // A worker that has work leaves it to the others.
      subtrees: member.isBusy ? [] : this.#subtrees.splice(-1),
      claims: member.isBusy ? [] : this.#claims.splice(0),
    }
    if (task.isFirst) {
      this.#isFirst = false
      this.#hasBegun = true
    }
    member.hasBegun = true
    member.heard = this.#news.length
    member.things = version
    member.doubts = this.#doubts.size
    member.table = this.#states
    const result = await worker.run(task)
    this.#control.heard()
    if (result.kind !== 'together') throw new Error('a worker did something else')
    return result
  }

  #newsFor(member: Member): readonly News[] {
    return this.#news.slice(member.heard).flatMap(({ by, news }) => (by === member ? [] : [news]))
  }

  /** Claims from a checkpoint are taken care of by the first worker, which knows them. */
  #beginningOf({ number, worker }: Member): TogetherBeginning {
    const { back, ...search } = this.#search
    const { sorts } = search
    const among = { number, all: this.#members.length, isHere: worker.isHere ?? false }
    if (back === undefined || sorts === undefined || number === 0) return { ...this.#search, ...among }
    return { ...search, sorts: { ...sorts, futures: unrelied(sorts.futures) }, ...among }
  }

  /** The worker knows everything that was learned, and has nothing left to explore or to go back to. */
  #isSettled(member: Member): boolean {
    return member.isSettled && this.#newsFor(member).length === 0 && member.things === this.#discipline.version
  }

  #told(member: Member, result: TogetherResult, does: Phase): void {
    member.result = result
    member.isBusy = result.isBusy
    member.isSettled = does === 'settle' && !result.isBusy
    this.#hear(member, result)
    this.#subtrees.push(...result.subtrees)
    this.#claims.push(...result.claims)
    const { isBroken, isStopped, isFull, tally } = result
    this.#isOver ||= isBroken || isStopped || tally.found.length > 0 || this.#control.stopped
    this.#foundBeside ||= this.findsBeside(this.#results.reduce((sum, one) => sum + one.tally.steps, 0))
    this.#isOver ||= this.#foundBeside
    if (this.#isOver || isFull) this.#control.recalls = true
    if (this.#hasWork || this.#control.recalls) this.#wakeAll()
  }

  /** Take in what a worker has learned, for the others too. */
  #hear(member: Member, { things, doubts, news }: TogetherResult): void {
    for (const one of doubts ?? []) this.#doubts.add(one)
    const before = this.#discipline.version
    const stopElsewhere = things !== undefined && this.#discipline.hear(things)
    if (member.things === before) member.things = this.#discipline.version
    if (stopElsewhere) {
      // What was seen of threads is useless now.
      this.#news = []
      for (const one of this.#members) one.heard = 0
    } else if (news.length > 0) this.#news.push({ by: member, news })
  }

  async #end(isWhole: boolean): Promise<TogetherEnd> {
    const results = this.#results
    return {
      tallies: results.map(({ tally }) => tally),
      states: this.#states,
      found: results.flatMap(({ tally }) => tally.found),
      foundBeside: this.#foundBeside,
      endless: results.find(({ endless }) => endless !== undefined)?.endless,
      isWhole,
      ...(this.#control.stopped ? await this.#save() : { rest: undefined, sorts: undefined }),
    }
  }

  async #save(): Promise<Pick<TogetherEnd, 'rest' | 'sorts'>> {
    const hasBegun = this.#hasBegun
    const results = await Promise.all(this.#members.map((member) => this.#ask(member, 'save')))
    const left = [...this.#subtrees, ...results.flatMap(({ subtrees }) => subtrees)]
    const isWrong = results.some(({ isBroken, isStale }) => isBroken || isStale)
    const canGoOn = hasBegun && !isWrong && this.#claims.length === 0
    return { rest: canGoOn ? left : undefined, sorts: this.#merged(results.flatMap(({ sorts }) => sorts ?? [])) }
  }

  #merged(sorts: readonly SavedSorts[]): SavedSorts | undefined {
    const [first] = sorts
    if (first === undefined) return undefined
    const merged = new Futures()
    for (const { futures } of sorts) merged.learn(unclaimed(futures))
    return { ...first, things: this.#discipline.known, doubts: [...this.#doubts], futures: merged.saved }
  }
}
