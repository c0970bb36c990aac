/** Workers that explore on threads of their own. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker as Thread } from 'node:worker_threads'
import type { Task, TaskResult, Worker } from '@barter/explore'
import { optionInvalid, workerDied } from '../errors.ts'
import { Looks } from '../watch/looks.ts'
import { isInDrivers, type SharedLog, StepLog, type Whereabouts } from '../watch/step-log.ts'
import type { SystemChoice } from '../scenario/system-choice.ts'

/** A thread needs the built file; sources are run by tests, which have workers of their own. */
const FILE = new URL('./explore-thread.js', import.meta.url)

/** What a thread loads. */
export interface ThreadStory {
  readonly path: string
  readonly choice: SystemChoice
  readonly cwd: string
  /** Of the `StepLog` of this thread, where somebody looks whether it comes back. */
  readonly shared?: SharedLog
}

export type FromThread =
  { readonly kind: 'ready'; readonly digest: string } | { readonly kind: 'result'; readonly result: TaskResult }

export interface ThreadWorkers {
  readonly workers: readonly Worker[]
  /** All have loaded what they explore, or cannot. */
  areReady(): boolean
  /** Never ends well. **Errors** `ThreadHangs` when one of them is at a step that does not come back. */
  readonly hangs: Promise<never>
  close(): Promise<void>
}

/** A thread does not come back from a step of a driver. */
export class ThreadHangs extends Error {
  readonly where: Whereabouts
  readonly patience: number

  /** **Shape** `name`: of the thread, which is its message. */
  constructor(name: string, { where, patience }: StepLog) {
    super(name)
    this.name = 'ThreadHangs'
    this.where = where
    this.patience = patience
  }
}

/**
 * **Shape** `count`: of all workers, `here` of which work in this thread; `patience` with a step, in milliseconds, `undefined`
 * where nobody looks. **Errors** `UsageError` `OPTION_INVALID` where the
 * command is not built.
 */
export function threadWorkers(
  count: number,
  here: number,
  story: ThreadStory,
  digest: string,
  patience: number | undefined,
): ThreadWorkers {
  if (!existsSync(fileURLToPath(FILE))) {
    throw optionInvalid('--workers', 'needs the built command', 'build it first, or leave it out')
  }
  const workers = Array.from(
    { length: count - here },
    (_, i) => new ThreadWorker(`worker ${here + i + 1} of ${count}`, story, digest, patience),
  )
  return {
    workers,
    hangs: Promise.race(workers.map(({ hangs }) => hangs)),
    areReady: () => workers.every(({ isReady }) => isReady),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.end()))
    },
  }
}

class ThreadWorker implements Worker {
  readonly #name: string
  readonly #digest: string
  readonly #thread: Thread
  readonly #ready: Promise<FromThread>
  readonly #timer: NodeJS.Timeout | undefined
  readonly hangs: Promise<never>
  isReady = false

  constructor(name: string, story: ThreadStory, digest: string, patience: number | undefined) {
    this.#name = name
    this.#digest = digest
    const log = patience === undefined ? undefined : StepLog.withPatience(patience)
    const workerData: ThreadStory = log === undefined ? story : { ...story, shared: log.shared }
    this.#thread = new Thread(FILE, { workerData })
    let hang: (error: ThreadHangs) => void = () => undefined
    this.hangs = new Promise((_, reject) => (hang = reject))
    // Nobody may ask.
    this.hangs.catch(() => undefined)
    if (log !== undefined) {
      const looks = new Looks(log)
      this.#timer = setInterval(() => {
        if (looks.look() > 0 && isInDrivers(log.where.stage)) hang(new ThreadHangs(name, log))
      }, looks.everyMs).unref()
    }
    this.#ready = this.#next()
    // Whoever asks for the first part is told when it failed; nobody may ask.
    const isReady = (): void => void (this.isReady = true)
    this.#ready.then(isReady, isReady)
  }

  /** **Errors** `UsageError` `WORKER_DIED`. */
  async run(task: Task): Promise<TaskResult> {
    const ready = await this.#ready
    if (ready.kind === 'ready' && ready.digest !== this.#digest) {
      throw workerDied(this.#name, 'it loaded another system than this thread: a file has changed meanwhile')
    }
    const answer = this.#next()
    this.#thread.postMessage(task)
    const message = await answer
    if (message.kind !== 'result') throw workerDied(this.#name, 'it gave no result')
    return message.result
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#thread.terminate()
  }

  async #next(): Promise<FromThread> {
    const thread = this.#thread
    return new Promise((resolve, reject) => {
      const off = (): void => void thread.off('message', hear).off('error', fail).off('exit', exit)
      const hear = (message: FromThread): void => {
        off()
        resolve(message)
      }
      const fail = (error: unknown): void => {
        off()
        reject(workerDied(this.#name, error instanceof Error ? error.message : String(error), error))
      }
      const exit = (code: number): void => fail(new Error(`it ended with code ${code}`))
      thread.on('message', hear).on('error', fail).on('exit', exit)
    })
  }
}
