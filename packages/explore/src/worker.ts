/** Who works at an exploration beside others: on a thread of its own, or where it is called. */
import type { Explorable } from '@barter/core'
import { type PartResult, type PartTask, runPart } from './part.ts'
import { TogetherWorker } from './together-worker.ts'
import type { TogetherResult, TogetherTask } from './together-task.ts'

/** Goes through `postMessage`. */
export type Task = PartTask | TogetherTask
export type TaskResult = PartResult | TogetherResult

/** Does one task after the other. */
export interface Worker {
  /** It works where the others are led from, which waits for it meanwhile: it comes back as soon as another has. */
  readonly isHere?: boolean
  /** **Errors** when it died: it is asked no more. */
  run(task: Task): Promise<TaskResult>
}

/** Does what a `Worker` is asked to do, here. */
export class TaskRunner {
  readonly #subject: Explorable
  readonly #pause: (() => boolean) | undefined
  #together: TogetherWorker | undefined

  /** **Shape** `pause`: asked now and then by one that makes a search together with others: is it time to come back? */
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
