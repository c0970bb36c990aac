/** One import of the borrower. */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  type AttachOps,
  type Bus,
  type Device,
  type DmaBuf,
  type Import,
  type Kernel,
  KernelError,
  type Op,
  sleep,
  type SgTable,
  type StepValue,
  type Task,
  waitFor,
  type Witness,
} from '@barter/core'
import { LATE_TICKS, type Manner } from './manner.ts'
import { moveData } from './move-data.ts'
import { tableFault } from './table-fault.ts'

export interface RegionParts {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly witness: Witness
  readonly pageSize: number
  readonly device: Device
  readonly buffer: DmaBuf
  readonly manner: Manner
  readonly peek: (args: Readonly<Record<string, StepValue>>) => Op<StepValue>
}

/** What `reach` says of an address that leads to no BAR. */
export const RAM = 'RAM'

export class BorrowedRegion implements Import {
  readonly #parts: RegionParts
  #attachment: Attachment | undefined
  #closed = false
  /** Threads that unmap later. They use the buffer by the reference of the import. */
  readonly #workers: Task[] = []

  constructor(parts: RegionParts) {
    this.#parts = parts
  }

  /** **Errors** the exporter's. */
  *attach(): Op<void> {
    const { buffer, device } = this.#parts
    buffer.get()
    try {
      this.#attachment = yield* buffer.attach(device, this.#ops())
    } catch (error) {
      buffer.put()
      throw error
    }
  }

  *access(request: AccessRequest): Op<AccessResult> {
    const { buffer, bus, device } = this.#parts
    if (request.offset + request.length > buffer.size) return { ok: false, status: 'beyond the end' }
    const map = (): Op<SgTable> => this.#table()
    try {
      return yield* buffer.resv.locked(function* () {
        return yield* moveData(bus, device, yield* map(), request)
      })
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return { ok: false, status: 'engine fault', errno: error.errno, rule: error.rule }
    }
  }

  *control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    if (name === 'peek') return yield* this.#parts.peek(args)
    if (name === 'reach') return this.#reach(Number(args.at))
    const { mapType, entries } = yield* this.#parts.buffer.resv.locked(() => this.#table())
    return name === 'address' ? (entries[0]?.address ?? 0) : mapType
  }

  *close(): Op<void> {
    const { buffer } = this.#parts
    const attachment = this.#attached()
    yield* buffer.resv.locked(() => this.#unmap(attachment))
    this.#closed = true
    yield* buffer.detach(attachment)
    for (const { ended } of this.#workers) yield* waitFor(ended, 'workers')
    buffer.put()
  }

  /** Nothing is sent: the hardware is asked what would become of it. */
  #reach(at: number): string {
    const { bus, device } = this.#parts
    const { landing } = bus.route(device.bdf, at, 'write')
    return landing.kind === 'bar' ? landing.device : landing.kind === 'memory' ? RAM : ''
  }

  #ops(): AttachOps | undefined {
    const { manner } = this.#parts
    if (manner === 'static') return undefined
    if (manner === 'no-callback') return { peer2peer: true }
    return { peer2peer: manner !== 'not-peer-to-peer', invalidate: (attachment) => this.#told(attachment) }
  }

  /** **Locks** the reservation is held, or the exporter has broken a rule (DMB-28). */
  *#told(attachment: Attachment): Op<void> {
    const { buffer, manner, kernel } = this.#parts
    buffer.resv.lock.assertHeld()
    if (manner !== 'worker' && manner !== 'prompt') {
      yield* this.#unmap(attachment)
      if (manner === 'greedy') yield* this.#grab(attachment)
      return
    }
    const unmap = (): Op<void> => buffer.resv.locked(() => this.#unmapLate(attachment))
    const worker = kernel.spawn(`worker(${attachment.device.name})`, function* () {
      if (manner === 'worker') yield* sleep(LATE_TICKS)
      yield* unmap()
    })
    this.#workers.push(worker)
  }

  /** Between the callback and the end of the revoke nobody gets a mapping (REV-3). */
  *#grab(attachment: Attachment): Op<void> {
    const { witness, buffer } = this.#parts
    try {
      const table = yield* attachment.map('bidirectional')
      witness.broken('INV-4', 'REV-3', `${attachment.device.name} mapped ${buffer.name} within its callback`)
      yield* attachment.unmap(table, 'bidirectional')
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
    }
  }

  *#unmapLate(attachment: Attachment): Op<void> {
    if (!this.#closed) yield* this.#unmap(attachment)
  }

  *#table(): Op<SgTable> {
    const attachment = this.#attached()
    if (attachment.table !== null) return attachment.table
    const { buffer, witness, pageSize, manner } = this.#parts
    const table = yield* attachment.map('bidirectional')
    const fault = tableFault(table, buffer.size, pageSize)
    if (fault !== undefined) witness.broken('INV-17', fault.rule, `the table of ${buffer.name} ${fault.what}`)
    if (manner === 'fence') this.#work()
    return table
  }

  /** Work of the device that began now and ends by itself. **Locks** the reservation is held. */
  #work(): void {
    const { buffer, device, kernel } = this.#parts
    const fence = kernel.fence(`work(${device.name})`)
    buffer.resv.addFence(fence, 'bookkeep')
    kernel.spawn(fence.name, function* () {
      yield* sleep(LATE_TICKS)
      fence.signal()
    })
  }

  *#unmap(attachment: Attachment): Op<void> {
    if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new KernelError('EBADF', 'DMB-11', 'not attached')
    return this.#attachment
  }
}
