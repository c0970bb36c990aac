/** A worker of an exploration: on a thread of its own, or in the thread that calls it. */
import type { Explorable } from '@barter/core'
import { type PartResult, type PartTask, runPart } from './part.ts'
import { TogetherWorker } from './together-worker.ts'
import type { TogetherResult, TogetherTask } from './together-task.ts'

/** Goes through `postMessage`. */
export type Task = PartTask | TogetherTask
export type TaskResult = PartResult | TogetherResult

/** Carries out one task after the other. */
export interface Worker {
  /** It works in the leading thread, which waits for it meanwhile: so it comes back as soon as another worker has. */
  readonly isHere?: boolean
  /** **Errors** if it died; it is not asked again. */
  run(task: Task): Promise<TaskResult>
}

/** Carries out the tasks of a `Worker`, in this thread. */
export class TaskRunner {
  readonly #subject: Explorable
  readonly #pause: (() => boolean) | undefined
  #together: TogetherWorker | undefined

  /** **Shape** `pause`: asked now and then in a search by several workers: is it time to come back? */
  constructor(subject: Explorable, pause?: () => boolean) {
    this.#subject = subject
    this.#pause = pause
  }

  run(task: Task): TaskResult {
    if (task.kind === 'part') return runPart(this.#subject, task)
    if (task.begin !== undefined) this.#together = new TogetherWorker(this.#subject, task.begin, this.#pause)
    if (this.#together === undefined) throw new Error('the first task of a search is yet to come')
    return this.#together.run(task)
  }
}
