/**
 * A buffer object made by the PRIME helpers, as most GPU and accelerator drivers do: a static attachment, mapped until
 * user space lets go. Exporters that may have to take the memory back refuse it (DRM-30, DRM-31).
 */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  type Bus,
  ContractError,
  type Device,
  type DmaBuf,
  type Import,
  type Kernel,
  type Op,
  type SgTable,
  SharedState,
  wordOfPresence,
} from '@barter/core'
import { runJob } from './job.ts'

export class PrimeObject implements Import {
  readonly #bus: Bus
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #mapped: SharedState<SgTable | null>
  #attachment: Attachment | undefined

  constructor(kernel: Kernel, bus: Bus, device: Device, buffer: DmaBuf) {
    this.#mapped = new SharedState<SgTable | null>(kernel, 'memory of an object', null, wordOfPresence)
    this.#bus = bus
    this.#device = device
    this.#buffer = buffer
  }

  /** Attach without operations, and map. **Errors** the exporter's: EOPNOTSUPP from one that revokes (DRM-30). */
  *create(): Op<void> {
    const buffer = this.#buffer.get()
    try {
      this.#attachment = yield* buffer.attach(this.#device)
    } catch (error) {
      buffer.put()
      throw error
    }
    const attachment = this.#attachment
    try {
      yield* this.#buffer.resv.locked(() => attachment.map('bidirectional'))
    } catch (error) {
      yield* this.#free()
      throw error
    }
    this.#mapped.write(attachment.table)
  }

  access(request: AccessRequest): Op<AccessResult> {
    const { name } = this.#device
    const parts = { bus: this.#bus, device: this.#device, look: () => this.#mapped.read() }
    return runJob(parts, `job of ${name}`, { ...request, ticks: 0 })
  }

  *close(): Op<void> {
    const attachment = this.#attached()
    const table = this.#mapped.read()
    if (table !== null) yield* this.#buffer.resv.locked(() => attachment.unmap(table, 'bidirectional'))
    this.#mapped.write(null)
    yield* this.#free()
  }

  *#free(): Op<void> {
    yield* this.#buffer.detach(this.#attached())
    this.#buffer.put()
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new ContractError('DMB-11', `${this.#buffer.name} is not attached`)
    return this.#attachment
  }
}
