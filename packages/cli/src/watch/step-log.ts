/**
 * Where a run is, kept in memory that another thread looks at: whoever runs a driver that never comes back can tell nobody.
 * Each step writes a few words and no more.
 */
import type { StepNotes } from '@barter/explore'

/**
 * `none`: no code of a driver is under way that belongs to a run. `begin`, `step`, `end`: nothing but code of drivers, and what
 * it calls. `run`: the steps of a run, and all between them.
 */
const STAGES = ['none', 'begin', 'step', 'end', 'run'] as const
export type Stage = (typeof STAGES)[number]

/** No work of ours that takes long is done there. */
export const isInDrivers = (stage: Stage): boolean => stage !== 'none' && stage !== 'run'

const BEATS = 0
const STAGE = 1
const LENGTH = 2
const PATH = 3
/** Steps of a schedule that are kept; of a longer one only their number. */
const MOST = 2 ** 16

/** What a run was at when it was looked at. */
export interface Whereabouts {
  readonly stage: Stage
  /** Steps of the run, with the one under way. */
  readonly length: number
  /** Threads in the order in which they were chosen; `undefined` for one that is too long. */
  readonly path: readonly number[] | undefined
}

export interface SharedLog {
  readonly buffer: SharedArrayBuffer
  readonly patience: number
}

export class StepLog implements StepNotes {
  /** Names of threads in the run that was begun last; for who looks from the same thread. */
  nameOf: (thread: number) => string | undefined = () => undefined
  /** Something never came back: tell what led there. */
  tellsStory: () => Promise<void> | void = () => undefined
  /** What goes to another thread, which makes a log of the same from it. */
  readonly shared: SharedLog
  readonly #words: Int32Array

  constructor(shared: SharedLog) {
    this.shared = shared
    this.#words = new Int32Array(shared.buffer)
  }

  /** **Units** `patience` with one step, in milliseconds. */
  static withPatience(patience: number): StepLog {
    return new StepLog({ buffer: new SharedArrayBuffer((PATH + MOST) * 4), patience })
  }

  get patience(): number {
    return this.shared.patience
  }

  begins(): void {
    this.#words[LENGTH] = 0
    this.#enter(STAGES.indexOf('begin'))
  }

  steps(thread: number): void {
    this.#note(thread)
    this.#enter(STEP)
  }

  /** The same where nobody tells when the step is over. */
  runs(thread: number): void {
    this.#note(thread)
    this.#enter(RUN)
  }

  ends(): void {
    this.#enter(STAGES.indexOf('end'))
  }

  leaves(): void {
    this.#words[STAGE] = NONE
  }

  /** It goes on. */
  beat(): void {
    this.#words[BEATS] = (this.#words[BEATS] as number) + 1
  }

  /** Another number than before: something went on meanwhile. */
  get beats(): number {
    return Atomics.load(this.#words, BEATS)
  }

  get where(): Whereabouts {
    const length = Atomics.load(this.#words, LENGTH)
    return {
      stage: STAGES[Atomics.load(this.#words, STAGE)] ?? 'none',
      length,
      path: length > MOST ? undefined : [...this.#words.subarray(PATH, PATH + length)],
    }
  }

  #note(thread: number): void {
    const words = this.#words
    const length = words[LENGTH] as number
    if (length < MOST) words[PATH + length] = thread
    words[LENGTH] = length + 1
  }

  #enter(stage: number): void {
    this.#words[STAGE] = stage
    this.beat()
  }
}

const NONE = STAGES.indexOf('none')
const STEP = STAGES.indexOf('step')
const RUN = STAGES.indexOf('run')
