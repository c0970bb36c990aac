/**
 * A run that takes most of its steps from memory, and runs the real code only for steps that were never seen. It tells what a
 * real run along the same path would tell, and can go back to a place without a replay. A real run follows it where one is
 * needed, and the two are compared each time.
 */
import type { AccessLog, Explorable, ExploredRun, Standing, Violation } from '@barter/core'
import { countByChanges } from './changes-by.ts'
import { Parted, untold } from './nondeterminism.ts'
import { isOfThing, Recorder, SPAWNS, THING, WORDS } from './recorder.ts'
import { RunModel } from './run-model.ts'
import { memoryOf, type Newborn, type RememberedStep, type StepMemory } from './step-memory.ts'

/** Words at the head of a saved place. */
const HEAD = 2
/** A step is checked again after this many times as many uses. */
const CHECK_FACTOR = 4
/** So many steps may be due to be checked: a real run that is needed anyway often passes them. */
const MOST_DUE = 512

/** A step did not do what was remembered, so it depends on more than it tells. Everything explored since is in doubt. */
export class Doubted extends Error {}

/** A run of the real code. */
interface RealRun {
  readonly run: ExploredRun
  readonly heard: Recorder
  readonly path: number[]
}

export class RememberedRun implements ExploredRun {
  readonly #subject: Explorable
  readonly #model: RunModel
  readonly #memory: StepMemory
  #real: RealRun | undefined
  /** The real run stands here, and only it knows how to go on. */
  #isReal = false
  /** The real run has come to its end. */
  #isOver = false
  readonly #path: number[] = []
  /** Its steps. */
  readonly #steps: RememberedStep[] = []
  /** What `peek` has found here. */
  #peeked: RememberedStep | undefined
  #peekedFor = -1
  /** Walks along paths on which steps are due to be checked. */
  #checker: RememberedRun | undefined
  /** What the beginning of every run tells, and the threads that are there then. */
  readonly #beginning: { readonly words: Int32Array; readonly born: readonly Newborn[] }

  constructor(subject: Explorable, log: AccessLog) {
    this.#subject = subject
    this.#memory = memoryOf(subject)
    this.#model = new RunModel(log, this.#memory.names)
    const { run, heard } = this.#begin()
    this.#beginning = { words: Int32Array.from(heard.words), born: newbornOf(run, 0, (thing) => -1 - thing) }
    this.restart()
  }

  /** Go to the beginning of a run, and tell it. */
  restart(): void {
    this.#isReal = false
    this.#peeked = undefined
    this.#path.length = 0
    this.#steps.length = 0
    this.#isOver = false
    this.#real = undefined
    this.#model.begin(this.#beginning)
  }

  get threads(): number {
    return this.#model.threads
  }

  get halted(): boolean {
    return this.#isReal && this.#realHere().run.halted
  }

  get found(): number {
    return this.#isReal ? this.#realHere().run.found : 0
  }

  canRun(thread: number): boolean {
    return this.#isReal ? this.#realHere().run.canRun(thread) : this.#model.canRun(thread)
  }

  hasEnded(thread: number): boolean {
    return this.#isReal ? this.#realHere().run.hasEnded(thread) : this.#model.hasEnded(thread)
  }

  blockedOn(thread: number): number {
    return this.#isReal ? this.#realHere().run.blockedOn(thread) : this.#model.lockOf(thread)
  }

  blockedShared(thread: number): boolean {
    return this.#model.wantsShared(thread)
  }

  /** The fence that it waits for; -1 for none. */
  fenceOf(thread: number): number {
    return this.#isReal ? -1 : this.#model.fenceOf(thread)
  }

  /** Who holds the lock that it waits for; -1 for nobody, or several. */
  holderOf(thread: number): number {
    return this.#isReal ? -1 : this.#model.holderOf(thread)
  }

  groupOf(thread: number): number {
    return this.#model.groupOf(thread)
  }

  nameOf(thread: number): string {
    return this.#realHere().run.nameOf(thread)
  }

  standsAt(thread: number): string {
    return this.#realHere().run.standsAt(thread)
  }

  violations(): readonly Violation[] {
    return this.#isReal ? this.#realHere().run.violations() : []
  }

  /** Let the real code come to its end. */
  finish(): string {
    const { run } = this.#realHere()
    this.#isReal = true
    this.#isOver = true
    return run.finish()
  }

  /** **Errors** `Parted`, `Doubted`. */
  step(thread: number): void {
    const key = this.#model.keyOf(thread)
    let step = this.peek(thread)
    this.#peeked = undefined
    if (step === undefined) {
      step = this.#learn(thread)
      if (!this.#isReal) this.#memory.remember(key, this.#model, step)
    } else {
      step.uses++
    }
    this.#model.take(thread, step)
    this.#path.push(thread)
    this.#steps.push(step)
    if (step.uses >= step.checkAfter) this.#memory.isDue(step, this.#path)
  }

  /** The step that `thread` takes next, if it is remembered. */
  peek(thread: number): RememberedStep | undefined {
    if (this.#isReal) return undefined
    if (this.#peeked === undefined || this.#peekedFor !== thread) {
      this.#peeked = this.#memory.find(this.#model.keyOf(thread), this.#model)
      this.#peekedFor = thread
    }
    return this.#peeked
  }

  /** The step that was taken last. */
  get lastStep(): RememberedStep | undefined {
    return this.#steps.at(-1)
  }

  /** Compare the path with the real code. **Errors** `Parted`, `Doubted`. */
  check(): void {
    this.#realHere()
  }

  /**
   * Compare steps with the real code that were used often since they were last checked, if there are more than `most`. The
   * latest come first: their paths are the longest, and pass others. **Errors** `Parted`, `Doubted`.
   */
  checkDue(most = MOST_DUE): void {
    if (this.#memory.due <= most) return
    const checker = (this.#checker ??= new RememberedRun(this.#subject, quiet()))
    for (let path = this.#memory.takeDue(); path !== undefined; path = this.#memory.takeDue()) {
      checker.restart()
      for (const thread of path) checker.step(thread)
      checker.check()
    }
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    return HEAD + this.#model.savedLength
  }

  /** Copy the state to `at` of `into`. */
  save(into: Int32Array, at: number): void {
    into[at] = this.#isReal ? 1 : 0
    into[at + 1] = this.#path.length
    this.#model.save(into, at + HEAD)
  }

  /** Go back to a place on the current path. */
  restore(from: Int32Array, at: number): void {
    if (this.#isOver) this.#real = undefined
    this.#isOver = false
    this.#peeked = undefined
    this.#isReal = from[at] === 1
    this.#path.length = from[at + 1] as number
    this.#steps.length = this.#path.length
    this.#model.restore(from, at + HEAD)
  }

  /** Let the real code take a step that is not remembered. */
  #learn(thread: number): RememberedStep {
    const real = this.#realHere()
    if (!this.#isReal) {
      for (let n = 0; n < this.threads; n++) if (real.run.canRun(n) !== this.canRun(n)) this.#findDoubted()
    }
    const { run, heard } = real
    const { threads } = run
    heard.words.length = 0
    heard.keeps = true
    run.step(thread)
    heard.keeps = false
    real.path.push(thread)
    const standing = run.standing?.(thread)
    this.#isReal ||= run.found > 0 || run.halted || standing === undefined || standing.kind === 'other'
    const words = Int32Array.from(heard.words)
    countByChanges(words, (thing) => (this.#model.has(thing) ? this.#model.countOf(thing) : undefined))
    const made: number[] = []
    const isTaken = (name: number): boolean => this.#model.numberOf(name) >= 0 || made.includes(name)
    for (let i = 0; i < words.length; i += WORDS) {
      const [what = 0, a = 0, b = 0, c = 0] = words.subarray(i, i + WORDS)
      if (what === THING) made.push(this.#memory.names.next(a, b, c, isTaken))
      if (isOfThing(what)) words[i + 1] = this.#model.nameOf(a)
      else if (what === SPAWNS) words[i + 2] = b - threads
    }
    const nameOf = (thing: number): number => this.#model.nameOf(thing)
    return {
      words,
      standing: named(standing ?? NOWHERE, nameOf),
      made,
      born: newbornOf(run, threads, nameOf),
      uses: 0,
      checkAfter: 1,
      moves: 0,
      movesAt: -1,
    }
  }

  #begin(): RealRun {
    const heard = new Recorder()
    const run = this.#subject.begin(heard)
    return { run, heard, path: [] }
  }

  /** A real run that stands here. */
  #realHere(): RealRun {
    const real = this.#real
    if (real !== undefined && !this.#isOver && isBeginningOf(real.path, this.#path)) {
      return real.path.length === this.#path.length ? real : this.#follow(real)
    }
    if (this.#isOver && real !== undefined) return real
    return this.#follow(this.#begin())
  }

  #follow(real: RealRun): RealRun {
    this.#real = this.#walk(real)
    if (real.heard.told !== this.#model.told) {
      // Is the code nondeterministic, or does it depend on more than it tells?
      const again = this.#walk(this.#begin())
      if (again.heard.told !== real.heard.told)
        throw new Parted([...this.#path], 'a replay of it came to another state')
      this.#findDoubted()
    }
    for (const step of this.#steps) step.checkAfter = CHECK_FACTOR * Math.max(step.uses, 1)
    return real
  }

  /**
   * Find the step of the path that did not do, or did not lead to, what was remembered. If it only met another of several
   * things that look alike, it is not remembered any more. **Errors** `Doubted` then; `Parted` if it did anything else.
   */
  #findDoubted(): never {
    const heard = new Recorder()
    const remembered = new RememberedRun(this.#subject, heard)
    const real = this.#begin()
    const last: { readonly key: number; readonly isUntold: boolean; readonly steps: number }[] = []
    for (const [before, thread] of this.#path.entries()) {
      for (let n = 0; n < remembered.threads; n++) {
        if (real.run.canRun(n) === remembered.canRun(n)) continue
        const at = last[n]
        if (at?.isUntold === true) this.#untold(real, n, at.steps)
        this.#doubt(at?.key)
      }
      const key = remembered.#model.keyOf(thread)
      heard.words.length = 0
      real.heard.words.length = 0
      remembered.step(thread)
      real.run.step(thread)
      const { kind, thing, ticks } = remembered.#steps.at(-1)?.standing ?? NOWHERE
      const number = remembered.#model.numberOf(thing)
      // Now, as of one that sleeps less is left later.
      const isUntold = looksText(kind, heard.looksOf(number), ticks) !== standsLike(real, thread)
      last[thread] = { key, isUntold, steps: before + 1 }
      if (heard.told === real.heard.told) continue
      if (!isEqual(heard.looks, real.heard.looks)) this.#untold(real, thread, before + 1)
      this.#doubt(key)
    }
    this.#doubt(undefined)
  }

  #untold({ run }: RealRun, thread: number, steps: number): never {
    const found = untold(steps, run.nameOf(thread), run.standsAt(thread))
    throw new Parted(this.#path.slice(0, steps), found.message, found)
  }

  /** **Shape** `key`: `undefined` if it is not known which step it was. */
  #doubt(key: number | undefined): never {
    if (key === undefined) this.#memory.giveUp()
    else this.#memory.doubt(key)
    throw new Doubted()
  }

  #walk(real: RealRun): RealRun {
    const { run, heard, path } = real
    heard.keeps = false
    heard.words.length = 0
    for (let i = path.length; i < this.#path.length; i++) {
      const thread = this.#path[i] as number
      if (thread >= run.threads || !run.canRun(thread)) break
      run.step(thread)
      path.push(thread)
    }
    return real
  }
}

/** Steps are told to nobody. */
function quiet(): Recorder {
  const heard = new Recorder()
  heard.keeps = false
  return heard
}

const NOWHERE: Standing = { kind: 'ready', thing: -1, shared: false, ticks: 0, isHardware: false }

/** Where a thread stands, with the thing replaced by how it looks. */
function standsLike({ run, heard }: RealRun, thread: number): string {
  const { kind, thing, ticks } = run.standing?.(thread) ?? NOWHERE
  return looksText(kind, heard.looksOf(thing), ticks)
}

const looksText = (kind: Standing['kind'], looks: number, ticks: number): string =>
  kind === 'sleep' ? `${kind} ${ticks}` : kind === 'ready' || kind === 'ended' ? kind : `${kind} ${looks}`

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i])

/** Where a thread stands, with the thing replaced by its name. */
const named = (standing: Standing, nameOf: (thing: number) => number): Standing => ({
  ...standing,
  thing: standing.thing < 0 ? 0 : nameOf(standing.thing),
})

/** The threads of a run from number `from` on. */
function newbornOf(run: ExploredRun, from: number, nameOf: (thing: number) => number): readonly Newborn[] {
  const born: Newborn[] = []
  for (let thread = from; thread < run.threads; thread++) {
    born.push({ group: run.groupOf(thread), standing: named(run.standing?.(thread) ?? NOWHERE, nameOf) })
  }
  return born
}

const isBeginningOf = (first: readonly number[], all: readonly number[]): boolean =>
  first.length <= all.length && first.every((thread, i) => thread === all[i])
