/**
 * Runs drivers for a suite, and breaks off what never comes back: a loop in a step would else stop the tests for ever, and say
 * nothing of itself.
 */
import { driverHangs, type Explorable, NO_LOG, type Report, type Scenario, type System } from '@barter/core'
import { type Exploration, ExplorationRun, type ExploreOptions, notedSubject, type StepNotes } from '@barter/explore'
import { ScenarioRun } from '@barter/sim'
import { type CodePlace, timed, whereItRuns } from './timed.ts'
import { timeline } from './timeline.ts'
import { writtenPlace } from './written-place.ts'

/** With one run, which takes milliseconds. **Units** seconds. */
const PATIENCE = 10
/** Once something was broken off: what comes after it likely hangs as well. */
const SHORT_MS = 1000
/** An exploration comes back so often. */
const SLICE_MS = 500
/** Of threads: a driver that loops, and lets others run, is stopped here. */
const STEP_LIMIT = 200_000
/** Once one was: a run that ends takes a few hundred steps, seldom thousands. */
const SHORT_LIMIT = 20_000

/** What may be broken off, and what is known of it then. */
interface Attempt<T> {
  readonly work: () => T
  /** As a clause, as in `in step 7, of nic`. */
  readonly when: () => string
  /** The same once more, from its beginning. */
  readonly again: () => void
  /** Of what came before it. */
  readonly story: () => Report | undefined
}

export class Guard {
  readonly #driver: string
  /** **Units** milliseconds. */
  readonly #usual: number
  #patience: number
  #limit = STEP_LIMIT

  constructor(driver: string, patience = PATIENCE) {
    this.#driver = driver
    this.#usual = patience * 1000
    this.#patience = this.#usual
  }

  /** **Errors** `UsageError` `DRIVER_HANGS`; those of `work`. */
  compose<T>(work: () => T): T {
    return this.#attempt({ work, when: () => 'while a system is made', again: work, story: () => undefined })
  }

  /** As `runScenario`. **Errors** `UsageError` `DRIVER_HANGS`. */
  run(system: System, scenario: Scenario, seed: number): Report {
    let run: ScenarioRun | undefined
    const work = (): Report => {
      run = undefined
      run = new ScenarioRun(system, scenario, { seed, limit: this.#limit }, {})
      const end = run.simulation.scheduler.run()
      if (end === 'limit') this.#limit = SHORT_LIMIT
      return run.report(end, run.end(end))
    }
    const when = (): string => {
      if (run === undefined) return 'before the first step of a run'
      const { steps, currentName } = run.simulation.scheduler
      return `in step ${steps}, of ${currentName}`
    }
    return this.#attempt({ work, when, again: work, story: () => run?.report('limit', run.end('limit')) })
  }

  /** As `explore`. **Errors** `UsageError` `DRIVER_HANGS`. */
  explore(subject: Explorable, options: ExploreOptions): Exploration {
    const notes = new PathNotes()
    const again = (): void => {
      const fresh = subject.begin(NO_LOG)
      for (const thread of notes.path) fresh.step(thread)
      fresh.finish()
    }
    const attempt = <T>(work: () => T): T =>
      this.#attempt({ work, when: () => notes.where, again, story: () => subject.replay(notes.path.slice(0, -1)) })
    let sliceEnd = 0
    const pause = (): boolean => performance.now() > sliceEnd
    const run = attempt(() => new ExplorationRun(notedSubject(subject, notes), { ...options, pause, lookEvery: 1 }))
    let isOver = false
    while (!isOver) {
      sliceEnd = performance.now() + SLICE_MS
      isOver = attempt(() => run.advance())
    }
    // To make it short takes many runs.
    this.#patience = this.#usual
    return attempt(() => run.result())
  }

  #attempt<T>({ work, when, again, story }: Attempt<T>): T {
    const patience = this.#patience
    const done = timed(work, patience)
    if (done !== undefined) return done.value
    this.#patience = Math.min(this.#usual, SHORT_MS)
    const clause = when()
    const events = timed(story, SHORT_MS)?.value?.events ?? []
    const calls = whereItRuns(again)
    const [innermost] = calls
    const place = innermost === undefined ? undefined : writtenPlace(innermost)
    const error = driverHangs(`driver ${this.#driver}`, {
      when: clause,
      seconds: patience / 1000,
      place: place === undefined ? undefined : textOf(place),
      calls: calls.flatMap(({ name }) => (name === '' ? [] : [name])),
    })
    const lines = timeline(events)
    if (lines.length > 0) error.message += `\n\n     us  who         what\n${lines.join('\n')}`
    // By it whoever shows tests shows the line.
    const stack = place === undefined ? [] : [`    at ${place.name || '<anonymous>'} (${textOf(place)}:1)`]
    error.stack = [`${error.name}: ${error.message}`, ...stack].join('\n')
    throw error
  }
}

const textOf = ({ url, line }: CodePlace): string => `${url}:${line}`

/** Which way the run under way went. */
class PathNotes implements StepNotes {
  nameOf: (thread: number) => string | undefined = () => undefined
  path: number[] = []
  #isOver = false

  get where(): string {
    const last = this.path.at(-1)
    if (last === undefined) return 'before the first step of a run'
    return this.#isOver ? 'at the end of a run' : `in step ${this.path.length}, of ${this.nameOf(last) ?? 'a thread'}`
  }

  begins(): void {
    this.path = []
    this.#isOver = false
  }

  steps(thread: number): void {
    this.path.push(thread)
  }

  ends(): void {
    this.#isOver = true
  }

  leaves(): void {
    // What comes back needs no note.
  }
}
