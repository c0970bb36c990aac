/**
 * The flush queue of a lazy domain: unmapped ranges wait here, reachable by whoever the IOTLB still knows them for, until
 * one flush of the whole domain serves them all (HAZ-13).
 */
import { type Kernel, type Op, type Shared, sleep } from '@barter/core'
import type { Domain } from './domain.ts'

/** Linux's `IOVA_FQ_TIMEOUT`: 10 ms. **Units** ticks. */
const FLUSH_TIMEOUT = 10_000
/** Linux's `IOVA_DEFAULT_FQ_SIZE`: a full queue is flushed by the one who fills it. **Not modelled** a queue for each CPU. */
const FLUSH_QUEUE_SIZE = 256

interface FlushQueueFacts {
  readonly domain: Domain
  /** Whose it is. */
  readonly of: { readonly name: string }
}

export class FlushQueue {
  readonly #kernel: Kernel
  readonly #domain: Domain
  readonly #release: (at: number) => void
  /** For explorers: what waits, and whether the timer runs. */
  readonly #shared: Shared
  #waiting: number[] = []
  #timerRuns = false

  /** **Shape** `release` gives the range that begins at an IOVA back to the allocator. */
  constructor(kernel: Kernel, { domain, of }: FlushQueueFacts, release: (at: number) => void) {
    this.#kernel = kernel
    this.#domain = domain
    this.#release = release
    this.#shared = kernel.shared('flush queue', of)
  }

  /** How many ranges wait. */
  get length(): number {
    return this.#waiting.length
  }

  *add(at: number): Op<void> {
    this.#shared.write()
    this.#waiting.push(at)
    if (this.#waiting.length >= FLUSH_QUEUE_SIZE) {
      yield* this.#flush()
      return
    }
    if (this.#timerRuns) return
    this.#timerRuns = true
    const timer = (): Op<void> => this.#timer()
    this.#kernel.spawn(`flush queue (${this.#domain.name})`, timer)
  }

  *#timer(): Op<void> {
    yield* sleep(FLUSH_TIMEOUT)
    this.#shared.write()
    this.#timerRuns = false
    if (this.#waiting.length > 0) yield* this.#flush()
  }

  /** What is added while the flush is under way waits for the next: its entry may be cached again by then. */
  *#flush(): Op<void> {
    this.#shared.write()
    const served = this.#waiting
    this.#waiting = []
    yield* this.#domain.flushAll()
    for (const at of served) this.#release(at)
  }
}
