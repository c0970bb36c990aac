/**
 * What TTM, the memory manager that amdgpu and xe share, keeps of an imported buffer object: the attachment, the table
 * that is mapped, and who still needs them. The object has no reservation of its own, it shares the exporter's (DRM-1).
 */
import {
  type Attachment,
  type AttachOps,
  ContractError,
  type Device,
  type DmaBuf,
  type Kernel,
  type Op,
  point,
  type SgTable,
  type Shared,
  SharedCount,
  SharedState,
  wordOfPresence,
} from '@barter/core'

/** What it has of the memory that was lent. */
interface Memory {
  readonly attachment: Attachment | undefined
  readonly table: SgTable | null
}

const NOTHING: Memory = { attachment: undefined, table: null }

const wordOf = ({ attachment, table }: Memory): number => wordOfPresence(attachment) + 2 * wordOfPresence(table)

export class TtmObject {
  readonly device: Device
  readonly buffer: DmaBuf
  readonly #kernel: Kernel
  readonly #memory: SharedState<Memory>
  /** For explorers: users. */
  readonly #useCount: Shared
  readonly #ghosts: SharedCount
  /** The handle, and each ghost. */
  #users = 1
  #deleted = false

  constructor(kernel: Kernel, device: Device, buffer: DmaBuf) {
    this.#kernel = kernel
    this.#memory = new SharedState<Memory>(kernel, 'memory of an object', NOTHING, wordOf)
    this.#useCount = kernel.shared('users of an object')
    this.#ghosts = new SharedCount(kernel, 'ghosts of an object')
    this.device = device
    this.buffer = buffer
  }

  /** What is mapped; read under the reservation. */
  get table(): SgTable | null {
    return this.#memory.read().table
  }

  /** Old tables that wait for fences (DRM-3). */
  get ghosts(): number {
    return this.#ghosts.read()
  }

  /** The attachment as others may use it. */
  get attachment(): Attachment | undefined {
    return this.#memory.read().attachment
  }

  /** Somebody still works on the buffer, whoever it is: the reservation is shared. */
  get busy(): boolean {
    return this.buffer.resv.pending('bookkeep').length > 0
  }

  /** Attach, with a reference of its own. **Locks** the reservation is not held. **Errors** the exporter's. */
  *attach(ops: AttachOps): Op<void> {
    const buffer = this.buffer.get()
    try {
      const attachment = yield* buffer.attach(this.device, ops)
      // It is listed already, so a callback may come first (DMB-9).
      yield* point(`store attachment of ${this.device.name}`)
      this.publish(attachment)
    } catch (error) {
      buffer.put()
      throw error
    }
  }

  publish(attachment: Attachment): void {
    if (this.attachment !== attachment) this.#memory.change({ attachment })
  }

  /** Map, unless it is mapped. **Locks** the reservation is held. **Errors** the exporter's. */
  *populate(): Op<SgTable> {
    const { table } = this
    if (table !== null) return table
    return this.#keep(yield* this.#attached().map('bidirectional'))
  }

  /** **Locks** the reservation is held. */
  *unpopulate(): Op<void> {
    const { table } = this
    if (table === null) return
    this.#keep(null)
    yield* this.#attached().unmap(table, 'bidirectional')
  }

  /**
   * Leave the object without memory (DRM-3): at once when nobody works on it, else a ghost takes the table and unmaps it
   * from a worker once all fences have signalled. **Locks** the reservation is held.
   */
  *gut(): Op<void> {
    const { table } = this
    if (table === null) return
    if (!this.busy) return yield* this.unpopulate()
    this.#keep(null)
    this.#count(1)
    this.#ghosts.tally(1)
    this.#kernel.spawn(`ghost of ${this.device.name}`, () => this.#ghost(table))
  }

  /** One user less. The last one frees the object: always from a worker, since that needs the reservation. */
  *put(): Op<void> {
    if (this.#count(-1) > 0) return
    if (!this.#deleted) {
      this.#deleted = true
      this.#count(1)
      this.#kernel.spawn(`delayed delete of ${this.device.name}`, () => this.#delete())
      return
    }
    yield* this.buffer.detach(this.#attached())
    this.buffer.put()
  }

  *#ghost(table: SgTable): Op<void> {
    yield* this.#whenIdle(() => this.#attached().unmap(table, 'bidirectional'))
    this.#ghosts.tally(-1)
    yield* this.put()
  }

  *#delete(): Op<void> {
    yield* this.#whenIdle(() => this.unpopulate())
    yield* this.put()
  }

  /** All fences, then the reservation: an exporter that waits for the fences holds it until they have signalled. */
  *#whenIdle(work: () => Op<void>): Op<void> {
    const { resv } = this.buffer
    yield* resv.wait('bookkeep')
    yield* resv.lock.lock()
    try {
      yield* work()
    } finally {
      resv.lock.unlock()
    }
  }

  #attached(): Attachment {
    const { attachment } = this
    if (attachment === undefined) throw new ContractError('DMB-11', `${this.buffer.name} is not attached`)
    return attachment
  }

  #keep<T extends SgTable | null>(table: T): T {
    this.#memory.change({ table })
    return table
  }

  /** **Shape** gives how many users there are then. */
  #count(more: number): number {
    this.#useCount.readValue(this.#use)
    this.#users += more
    this.#useCount.writeValue(this.#use)
    return this.#users
  }

  /** As a number: how many users, and whether the last of them was there before. */
  get #use(): number {
    return 2 * this.#users + (this.#deleted ? 1 : 0)
  }
}
