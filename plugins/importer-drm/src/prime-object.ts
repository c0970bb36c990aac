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
  type Shared,
} from '@barter/core'
import { runJob } from './job.ts'

export class PrimeObject implements Import {
  readonly #bus: Bus
  readonly #device: Device
  readonly #buffer: DmaBuf
  /** For explorers. */
  readonly #shared: Shared
  #attachment: Attachment | undefined
  #table: SgTable | null = null

  constructor(kernel: Kernel, bus: Bus, device: Device, buffer: DmaBuf) {
    this.#shared = kernel.shared('memory of an object')
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
    this.#keep(attachment.table)
  }

  access(request: AccessRequest): Op<AccessResult> {
    const { name } = this.#device
    const parts = { bus: this.#bus, device: this.#device, look: () => this.#mapped }
    return runJob(parts, `job of ${name}`, { ...request, ticks: 0 })
  }

  *close(): Op<void> {
    const attachment = this.#attached()
    const table = this.#mapped
    if (table !== null) yield* this.#buffer.resv.locked(() => attachment.unmap(table, 'bidirectional'))
    this.#keep(null)
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

  get #mapped(): SgTable | null {
    this.#shared.readValue(this.#table === null ? 0 : 1)
    return this.#table
  }

  #keep(table: SgTable | null): void {
    this.#table = table
    this.#shared.writeValue(table === null ? 0 : 1)
  }
}
