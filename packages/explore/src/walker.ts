/** The run of a search: it goes on step by step, and returns to an earlier place from memory or by a fresh run of the prefix. */
import { type AccessLog, type Explorable, type ExploredRun, NO_LOG, UsageError } from '@barter/core'
import { enabledOf } from './enabled-of.ts'
import { History } from './history.ts'
import { Parted } from './nondeterminism.ts'
import { RememberedRun } from './remembered-run.ts'
import { shorten } from './shorten.ts'
import { memoryOf } from './step-memory.ts'

const FIRST_WORDS = 1 << 12
/** On the way to a place the state is kept after every so many steps: the next place may be beside it. */
const KEPT_APART = 8

/** What a search wants to know about the steps: what they touch, the states they lead to as well, how they may move as well. */
export type Hears = 'nothing' | 'touches' | 'states' | 'moves'

export class Walker {
  readonly history: History
  readonly #log: AccessLog
  /** Steps are told to `history`. */
  readonly #hears: boolean
  /** Steps of all runs, including replayed ones, and replayed ones alone. */
  steps = 0
  replayed = 0
  /** Fresh runs made. */
  runs = 0
  readonly #subject: Explorable
  #run: ExploredRun
  /** Threads chosen so far. */
  readonly path: number[] = []
  #threads = 0
  /** The saved states of the path, one after the other. */
  #saved = new Int32Array(FIRST_WORDS)
  /** Steps are remembered. */
  #remembered: RememberedRun | undefined
  readonly #keptAt: { readonly depth: number; readonly at: number; readonly end: number }[] = []

  /** **Shape** `remembers`: take steps from memory, if the subject tells enough for that. */
  constructor(subject: Explorable, hears: Hears = 'nothing', remembers = false) {
    this.#subject = subject
    this.history = new History(subject.groupClasses, hears === 'moves', hears === 'states' || hears === 'moves')
    this.#hears = hears !== 'nothing'
    this.#log = this.#hears ? this.history : NO_LOG
    this.#run = this.restart()
    if (remembers && this.#run.standing !== undefined && !memoryOf(subject).isInVain) {
      this.history.restart()
      this.#remembered = new RememberedRun(subject, this.history)
      this.#threads = 0
      this.#run = this.#remembered
      this.#greet()
    }
  }

  /** Steps are taken from memory. */
  get remembers(): boolean {
    return this.#remembered !== undefined
  }

  /** Keys of steps that must not be remembered. */
  get doubts(): readonly number[] {
    return memoryOf(this.#subject).doubts
  }

  /** Never remember steps with these keys again; begin a fresh run. */
  doubt(keys: readonly number[]): void {
    const memory = memoryOf(this.#subject)
    for (const key of keys) memory.doubt(key)
    this.forget()
  }

  /** After a doubt: begin a fresh run, without a memory if there were too many doubts. */
  forget(): void {
    if (memoryOf(this.#subject).isInVain) this.#remembered = undefined
    this.restart()
  }

  /** See `Explorable`. */
  get readsClock(): boolean {
    return this.#subject.readsClock === true
  }

  get run(): ExploredRun {
    return this.#run
  }

  get depth(): number {
    return this.path.length
  }

  /** Threads that can go on, ascending. */
  enabled(): number[] {
    return enabledOf(this.#run)
  }

  /** The fence that `thread` waits for; -1 for none, and where that is not known. */
  fenceOf(thread: number): number {
    return this.#remembered?.fenceOf(thread) ?? -1
  }

  /** Who holds the lock that `thread` waits for; -1 for nobody, and where that is not known. */
  holderOf(thread: number): number {
    return this.#remembered?.holderOf(thread) ?? -1
  }

  /** The run is at its end: a thread that waits for a lock in vain counts as wanting it. */
  noteBlocked(): void {
    for (let thread = 0; thread < this.#run.threads; thread++) {
      const lock = this.#run.blockedOn(thread)
      if (lock >= 0) this.history.discipline.wants(thread, lock)
    }
  }

  /** Begin a fresh run. */
  restart(): ExploredRun {
    this.history.restart()
    this.path.length = 0
    this.#keptAt.length = 0
    this.#threads = 0
    this.runs++
    this.#remembered?.restart()
    this.#run = this.#remembered ?? this.#subject.begin(this.#log)
    this.#greet()
    return this.#run
  }

  /**
   * Take a step. Its accesses are in `history` until the next one.
   * **Errors** `Parted` if it could be taken in the run that chose it, and now it cannot.
   */
  step(thread: number): void {
    if (this.#hears) this.history.beginStep(thread)
    this.path.push(thread)
    this.#resume(thread)
    this.steps++
    if (!this.#hears) return
    this.#greet()
    this.history.endStep(thread)
    const step = this.#remembered?.lastStep
    if (step === undefined) return
    step.moves = this.history.moves
    step.movesAt = this.history.discipline.version
  }

  /** How the next step of `thread` will move, see `History`; `undefined` if that is not known. */
  movesAhead(thread: number): number | undefined {
    const step = this.#remembered?.peek(thread)
    return step?.movesAt === this.history.discipline.version ? step.moves : undefined
  }

  /** Compare all steps from memory with the real code that were not yet. **Errors** `Parted`, `Doubted`. */
  settle(): void {
    this.#remembered?.checkDue(0)
  }

  /** Keep the state here, so that `back` can return to this depth. */
  keep(): void {
    const at = this.#savedEnd
    const ofHistory = at + this.history.savedLength
    const end = ofHistory + (this.#remembered?.savedLength ?? 0)
    if (end > this.#saved.length) {
      const bigger = new Int32Array(Math.max(end, this.#saved.length * 2))
      bigger.set(this.#saved)
      this.#saved = bigger
    }
    this.history.save(this.#saved, at)
    this.#remembered?.save(this.#saved, ofHistory)
    this.#keptAt.push({ depth: this.depth, at, end })
  }

  /** Drop the state that was kept last. */
  unkeep(): void {
    this.#keptAt.pop()
  }

  /** Return to `depth` of the path, where `keep` was called. **Errors** `Parted` if it is another place now. */
  back(depth: number): void {
    const { history, path } = this
    if (this.#remembered !== undefined) {
      this.#remembered.checkDue()
      this.#restore(this.#remembered, depth)
      return
    }
    shorten(path, depth)
    this.runs++
    history.restart()
    history.recording = false
    this.#run = this.#subject.begin(this.#log)
    for (let i = 0; i < depth; i++) this.#resume(path[i] as number)
    this.steps += depth
    this.replayed += depth
    while ((this.#keptAt.at(-1)?.depth ?? 0) > depth) this.#keptAt.pop()
    const kept = this.#keptAt.at(-1)?.at ?? 0
    if (!history.isLike(this.#saved, kept, this.#run.threads)) {
      throw new Parted([...path], 'a replay of it came to another state')
    }
    history.recording = true
    history.restore(this.#saved, kept)
    this.#threads = this.#run.threads
  }

  /** Undo the last step. */
  takeBack(): void {
    const { steps, depth } = this
    const rest = this.path.slice(0, depth - 1)
    const kept = this.#keptAt.at(-1)?.depth
    if (kept === undefined) this.restart()
    else this.back(kept)
    for (const thread of rest.slice(this.depth)) this.step(thread)
    this.steps = steps - 1
  }

  #restore(run: RememberedRun, depth: number): void {
    this.path.length = depth
    while ((this.#keptAt.at(-1)?.depth ?? 0) > depth) this.#keptAt.pop()
    const at = this.#keptAt.at(-1)?.at ?? 0
    run.restore(this.#saved, this.history.restore(this.#saved, at))
    this.#threads = run.threads
  }

  #resume(thread: number): void {
    const run = this.#run
    // The step is looked up only on failure, as this is done millions of times.
    try {
      run.step(thread)
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== 'STRATEGY_CHOICE') throw error
      throw new Parted([...this.path], `thread ${thread} could not go on in a replay`)
    }
  }

  /** Go to the end of `path` in a fresh run, keeping the states at depths `kept`. */
  follow(path: readonly number[], kept: readonly number[]): void {
    this.restart()
    let next = 0
    for (const thread of path) {
      for (; kept[next] === this.depth; next++) this.keep()
      if (thread >= this.run.threads || !this.run.canRun(thread)) return
      this.step(thread)
    }
    for (; kept[next] === this.depth; next++) this.keep()
  }

  /** Go to the end of `path`, whose state is kept; where steps are remembered, not again over what it has in common with this path. */
  goTo(path: readonly number[]): void {
    const run = this.#remembered
    if (run === undefined) {
      this.follow(path, [path.length])
      return
    }
    const common = commonLength(this.path, path)
    const from = this.#keptAt.findLast(({ depth }) => depth <= common)?.depth
    if (from === undefined) this.restart()
    else this.#restore(run, from)
    // They count all the same: a search that was stopped and resumed comes from elsewhere.
    this.steps += this.depth
    for (const thread of path.slice(this.depth)) {
      if (this.depth % KEPT_APART === 0) this.#keepOnce()
      if (thread >= this.run.threads || !this.run.canRun(thread)) return
      this.step(thread)
    }
    this.#keepOnce()
  }

  #keepOnce(): void {
    if (this.#keptAt.at(-1)?.depth !== this.depth) this.keep()
  }

  get #savedEnd(): number {
    return this.#keptAt.at(-1)?.end ?? 0
  }

  /** Add the threads that were made since the last call. */
  #greet(): void {
    if (!this.#hears) return
    for (; this.#threads < this.#run.threads; this.#threads++) this.history.addThread(this.#run.groupOf(this.#threads))
  }
}

function commonLength(x: readonly number[], y: readonly number[]): number {
  let i = 0
  while (i < x.length && i < y.length && x[i] === y[i]) i++
  return i
}
