/** Reads many captures on several threads; a thread that dies or hangs costs its file, and nothing else. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { countAnswers } from '@barter/inspect'
import type { FromWorker, ToWorker } from './fleet-messages.ts'
import { badRow, type FleetRow, type RowOptions, rowOf } from './fleet-row.ts'
import { ShapeAnswers } from './shape-answers.ts'

/** The sources are run by tests, in one thread: a thread needs the built file. */
const WORKER = new URL('./fleet-worker.js', import.meta.url)
/** Memory of one thread. The largest machines need some hundred MiB. **Units** MiB. */
const MOST_MEMORY = 1024
/** Nothing real takes so long. **Units** milliseconds. */
const MOST_TIME = 120_000

export interface FleetPool {
  read(file: string): Promise<FleetRow>
  close(): Promise<void>
}

/** **Shape** `threads`: 0 or 1 reads in this one. */
export function fleetPool(threads: number, options: RowOptions): FleetPool {
  return threads > 1 && existsSync(fileURLToPath(WORKER)) ? new Threads(threads, options) : oneThread(options)
}

function oneThread(options: RowOptions): FleetPool {
  const shapes = new ShapeAnswers()
  return {
    read: (file) =>
      rowOf(
        file,
        options,
        async (shape, count) => {
          const known = await shapes.ask(shape)
          if (known !== undefined) return known
          const answers = count()
          shapes.settle(shape, answers)
          return answers
        },
        countAnswers,
      ),
    close: () => Promise.resolve(),
  }
}

interface Job {
  readonly file: string
  done(row: FleetRow): void
}

class Threads implements FleetPool {
  readonly #options: RowOptions
  readonly #shapes = new ShapeAnswers()
  readonly #jobs: Job[] = []
  readonly #idle: Thread[] = []
  readonly #all = new Set<Thread>()
  #left: number

  constructor(threads: number, options: RowOptions) {
    this.#options = options
    this.#left = threads
  }

  async read(file: string): Promise<FleetRow> {
    return new Promise((done) => {
      this.#jobs.push({ file, done })
      this.#next()
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.end()))
  }

  #next(): void {
    const thread = this.#jobs.length === 0 ? undefined : (this.#idle.pop() ?? this.#start())
    const job = thread === undefined ? undefined : this.#jobs.shift()
    if (thread === undefined || job === undefined) return
    void thread.read(job.file, this.#options).then(
      (row) => {
        this.#idle.push(thread)
        this.#finish(job, row)
      },
      (error: unknown) => {
        this.#all.delete(thread)
        this.#left++
        this.#finish(job, badRow(job.file, error))
      },
    )
  }

  #start(): Thread | undefined {
    if (this.#left === 0) return undefined
    this.#left--
    const thread = new Thread(this.#shapes)
    this.#all.add(thread)
    return thread
  }

  #finish(job: Job, row: FleetRow): void {
    job.done(row)
    this.#next()
  }
}

class Thread {
  readonly #shapes: ShapeAnswers
  readonly #worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY } })
  /** Shape that this thread was told to count. */
  #counting: string | undefined

  constructor(shapes: ShapeAnswers) {
    this.#shapes = shapes
  }

  /** Rejects when the thread is of no use any more. */
  async read(file: string, options: RowOptions): Promise<FleetRow> {
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer)
        worker.off('message', hear).off('error', fail).off('exit', exit)
        act()
      }
      const fail = (error: unknown): void =>
        end(() => {
          if (this.#counting !== undefined) this.#shapes.settle(this.#counting, undefined)
          void worker.terminate()
          reject(error instanceof Error ? error : new Error(String(error)))
        })
      const exit = (): void => fail(new Error('its thread ended'))
      const hear = (message: FromWorker): void => {
        if (message.kind === 'row') end(() => resolve(message.row))
        else if (message.kind === 'shape') void this.#answer(message.shape)
        else {
          this.#counting = undefined
          this.#shapes.settle(message.shape, message.answers)
        }
      }
      const timer = setTimeout(() => fail(new Error(`it took longer than ${MOST_TIME / 1000} s`)), MOST_TIME)
      worker.on('message', hear).on('error', fail).on('exit', exit)
      this.#say({ kind: 'file', file, options })
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  async #answer(shape: string): Promise<void> {
    const answers = await this.#shapes.ask(shape)
    if (answers === undefined) this.#counting = shape
    this.#say({ kind: 'answers', answers })
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
