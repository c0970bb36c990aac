/** An open file of `/dev/infiniband/uverbsN`. */
import {
  type Device,
  type DmaBuf,
  type ExporterFile,
  type ExportRequest,
  KernelError,
  type Op,
  type StepValue,
} from '@barter/core'
import { lendEntry } from './lend-entry.ts'
import type { UverbsServices } from './services.ts'
import type { UverbsContext } from './uverbs-context.ts'

type Given = Readonly<Record<string, StepValue>>

export class UverbsFile implements ExporterFile {
  readonly device: Device
  readonly #services: UverbsServices
  readonly #context: UverbsContext
  readonly #closed: () => void

  constructor(services: UverbsServices, context: UverbsContext, closed: () => void) {
    this.device = context.device
    this.#services = services
    this.#context = context
    this.#closed = closed
  }

  /** **Errors** EIO once the driver has left the NIC; those of `lendEntry`. */
  *export(request: ExportRequest): Op<DmaBuf> {
    return yield* this.#context.call('export', () => lendEntry(this.#services, this.#context, request))
  }

  /** **Errors** EIO once the driver has left the NIC; those of the word; ENOTTY for one that it does not know. */
  *control(name: string, given: Given): Op<StepValue> {
    return yield* this.#context.call(name, () => this.#control(name, given))
  }

  /** What was lent is taken back: a buffer lives no longer than the context that lent it. */
  *close(): Op<void> {
    yield* this.#context.destroy('the file of the NIC was closed')
    this.#closed()
  }

  *#control(name: string, { bar, offset, length }: Given): Op<StepValue> {
    const context = this.#context
    const at = { bar: Number(bar ?? 0), offset: Number(offset ?? 0) }
    switch (name) {
      case 'allocEntry':
        return { ...context.allocate({ ...at, length: Number(length) }).place }
      case 'freeEntry':
        yield* context.free(at.bar, at.offset)
        return null
      case 'entries':
        return context.entries.map(({ place, buffers }) => ({ ...place, buffers: buffers.length }))
      default:
        throw new KernelError('ENOTTY', 'RDMA-18', `uverbs has no ${name}`)
    }
  }
}
