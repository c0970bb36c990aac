/** The jobs of one buffer object: their numbers, and how they ended. */
import type { AccessResult, Device, Fence, Op, StepValue, Trace } from '@barter/core'
import { waitFor } from '@barter/core'
import { type JobParts, type JobRequest, runJob } from './job.ts'
import type { Ring } from './ring.ts'

/** A job that was submitted. */
export interface Job {
  readonly number: number
  /** Signals when it is done. */
  readonly fence: Fence
}

export interface JobQueueParts {
  readonly device: Device
  readonly ring: Ring
  readonly trace: Trace
  readonly job: JobParts
}

export class JobQueue {
  readonly #parts: JobQueueParts
  readonly #jobs: Job[] = []
  readonly #results: AccessResult[] = []
  /** Of the jobs before this one, somebody has been told how they ended. */
  #told = 0

  constructor(parts: JobQueueParts) {
    this.#parts = parts
  }

  /** Jobs that are not done. */
  get running(): number {
    return this.#jobs.filter(({ fence }) => !fence.signalled).length
  }

  /** Queue a job behind the others of this GPU and behind `after`. */
  submit(request: JobRequest, after: readonly Fence[]): Job {
    const { device, ring, job, trace } = this.#parts
    const number = this.#jobs.length
    const by = `job ${number + 1} of ${device.name}`
    const results = this.#results
    const fence = ring.queue(by, after, () => noted(runJob(job, by, request), by, trace, results, number))
    this.#jobs.push({ number, fence })
    return { number, fence }
  }

  /** How a job ended, once it did. */
  *end({ number, fence }: Job): Op<AccessResult> {
    yield* waitFor(fence, 'job')
    return this.#results[number] ?? { ok: false, status: 'lost' }
  }

  /** Wait for all jobs. **Shape** gives how each ended that nobody was told of yet, as a word. */
  *waitIdle(): Op<StepValue> {
    const count = this.#jobs.length
    const words: string[] = []
    for (const job of this.#jobs.slice(this.#told, count)) words.push((yield* this.end(job)).status)
    this.#told = count
    return words
  }
}

function* noted(job: Op<AccessResult>, by: string, trace: Trace, results: AccessResult[], number: number): Op<void> {
  const result = yield* job
  results[number] = result
  if (trace.on) trace.emit({ kind: 'note', text: `${by}: ${result.status}`, ...ruleOf(result) })
}

const ruleOf = ({ rule }: AccessResult): { rule?: string } => (rule === undefined ? {} : { rule })
