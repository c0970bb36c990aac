/** Transfers of one region as user space starts them: an engine, and the queue pair that its errors break. */
import type { AccessRequest, AccessResult, Device, Kernel, Op, Trace } from '@barter/core'
import { DmaEngine, type EngineParts } from './dma-engine.ts'
import { QueuePair } from './queue-pair.ts'

export class RegionQueue {
  readonly #queuePair: QueuePair
  readonly #engine: DmaEngine
  readonly #device: Device
  readonly #trace: Trace

  constructor(kernel: Kernel, parts: EngineParts, trace: Trace) {
    this.#queuePair = new QueuePair(kernel, parts.options.initiator)
    this.#engine = new DmaEngine(parts, this.#queuePair)
    this.#device = parts.device
    this.#trace = trace
  }

  get state(): 'ready' | 'error' {
    return this.#queuePair.state
  }

  /** A transfer on a pair that broke begins with its recovery, as user space would do it (RDMA-15). */
  *transfer(request: AccessRequest): Op<AccessResult> {
    if (this.#queuePair.state === 'error') {
      this.#queuePair.recover()
      this.note('queue pair recovered', 'RDMA-15')
    }
    const result = yield* this.#engine.transfer(request)
    if (!result.ok) this.note(`queue pair in error: ${result.status}`, 'RDMA-14')
    return result
  }

  note(text: string, rule: string): void {
    if (this.#trace.on) this.#trace.emit({ kind: 'note', text: `${this.#device.name}: ${text}`, rule })
  }
}
