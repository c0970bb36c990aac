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
  /** **Errors** when it died: it is asked no more. */
  run(task: Task): Promise<TaskResult>
}

/** Does what a `Worker` is asked to do, here. */
export class TaskRunner {
  readonly #subject: Explorable
  #together: TogetherWorker | undefined

  constructor(subject: Explorable) {
    this.#subject = subject
  }

  run(task: Task): TaskResult {
    if (task.kind === 'part') return runPart(this.#subject, task)
    if (task.begin !== undefined) this.#together = new TogetherWorker(this.#subject, task.begin)
    if (this.#together === undefined) throw new Error('the first task of a search is yet to come')
    return this.#together.run(task)
  }
}
