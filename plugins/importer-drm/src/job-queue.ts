/** The jobs of one buffer object: their numbers, and how they ended. */
import {
  type AccessResult,
  type Device,
  type Fence,
  type Kernel,
  type Op,
  type Shared,
  type StepValue,
  type Trace,
  waitFor,
} from '@barter/core'
import { JobEnd } from './job-end.ts'
import { type JobParts, type JobRequest, runJob } from './job.ts'
import type { Ring } from './ring.ts'

/** A job that was submitted. */
export interface Job {
  readonly number: number
  /** Signals when it is done. */
  readonly fence: Fence
  /** How it ended. */
  readonly end: JobEnd
}

export interface JobQueueParts {
  readonly kernel: Kernel
  readonly device: Device
  readonly ring: Ring
  readonly trace: Trace
  readonly job: JobParts
}

export class JobQueue {
  readonly #parts: JobQueueParts
  readonly #jobs: Job[] = []
  /** For explorers: how many there are, and of how many somebody has been told. */
  readonly #shared: Shared
  readonly #toldOf: Shared
  /** Of the jobs before this one, somebody has been told how they ended. */
  #told = 0

  constructor(parts: JobQueueParts) {
    this.#parts = parts
    this.#shared = parts.kernel.shared('jobs of an object')
    this.#toldOf = parts.kernel.shared('jobs of an object that were told of')
  }

  /** Jobs that are not done. */
  get running(): number {
    return this.#all.filter(({ fence }) => !fence.signalled).length
  }

  /** Queue a job behind the others of this GPU and behind `after`. */
  submit(request: JobRequest, after: readonly Fence[]): Job {
    const { kernel, device, ring, job, trace } = this.#parts
    const number = this.#all.length
    const what = `job ${number + 1}`
    const by = `${what} of ${device.name}`
    const end = new JobEnd(kernel)
    const fence = ring.queue({ what, of: device.name }, after, () => noted(runJob(job, by, request), by, trace, end))
    const queued = { number, fence, end }
    this.#jobs.push(queued)
    this.#shared.writeValue(this.#jobs.length)
    return queued
  }

  /** How a job ended, once it did. */
  *end({ fence, end }: Job): Op<AccessResult> {
    yield* waitFor(fence, 'job')
    return end.result
  }

  /** Wait for all jobs. **Shape** gives how each ended that nobody was told of yet, as a word. */
  *waitIdle(): Op<StepValue> {
    const count = this.#all.length
    this.#toldOf.readValue(this.#told)
    const words: string[] = []
    for (const job of this.#jobs.slice(this.#told, count)) words.push((yield* this.end(job)).status)
    this.#told = count
    this.#toldOf.writeValue(count)
    return words
  }

  get #all(): readonly Job[] {
    this.#shared.readValue(this.#jobs.length)
    return this.#jobs
  }
}

function* noted(job: Op<AccessResult>, by: string, trace: Trace, end: JobEnd): Op<void> {
  const result = yield* job
  end.result = result
  if (trace.on) trace.emit({ kind: 'note', text: `${by}: ${result.status}`, ...ruleOf(result) })
}

const ruleOf = ({ rule }: AccessResult): { rule?: string } => (rule === undefined ? {} : { rule })
