/** One importer device bound to one buffer. */
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import { ContractError, KernelError } from './errors.ts'
import type { Op } from './op.ts'
import { point } from './op.ts'
import type { Direction, SgTable } from './sg-table.ts'
import type { Part } from './shared.ts'
import type { Trace } from './trace.ts'

/**
 * The importer's side of a *dynamic* attachment. Without it an attachment is *static*: no peer to peer, no callback.
 *
 * `invalidate` runs in the exporter's thread, with the exporter's outer locks and the reservation held (DMB-28, VFIO-43).
 * It must stop the device from using the mapping, or add fences for what it cannot stop at once, must not touch the
 * exporter's device, must bear being called with nothing mapped, twice (REV-6), and before `attach` returned (IMP-2);
 * then the importer unmaps, in the callback or in bounded time after it (DMB-18), without user space's help (IMP-3). It
 * may try to map again as soon as it gets the reservation.
 */
export interface AttachOps {
  readonly peer2peer: boolean
  invalidate?(attachment: Attachment): Op<void>
}

export class Attachment {
  readonly buffer: DmaBuf
  readonly device: Device
  readonly ops: AttachOps | undefined
  readonly #trace: Trace
  readonly #part: Part | undefined
  readonly #tables: SgTable[] = []

  /** **Shape** `part`: of whose code it is, for explorers. */
  constructor(buffer: DmaBuf, device: Device, ops: AttachOps | undefined, trace: Trace, part?: Part) {
    this.buffer = buffer
    this.device = device
    this.ops = ops
    this.#trace = trace
    this.#part = part
  }

  /** The importer gave operations (DMB-8). */
  get dynamic(): boolean {
    return this.ops !== undefined
  }

  get peer2peer(): boolean {
    return this.ops?.peer2peer ?? false
  }

  /** Declares that it can be told to let go (DMB-19). */
  get revocable(): boolean {
    return this.ops?.invalidate !== undefined
  }

  /** The newest table it holds. */
  get table(): SgTable | null {
    return this.#tables.at(-1) ?? null
  }

  /** All of them, oldest first: an importer may map again while its last work through an older table still runs (DRM-3). */
  get tables(): readonly SgTable[] {
    return this.#tables
  }

  /** Ask that the memory stay where it is. **Locks** the reservation is held (DMB-24). **Errors** the exporter's (DMB-12). */
  *pin(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (!this.dynamic) throw new ContractError('DMB-12', 'pin is for dynamic attachments')
    if (this.buffer.ops.pin !== undefined) yield* this.buffer.inExporter(this.buffer.ops.pin(this))
  }

  *unpin(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (this.buffer.ops.unpin !== undefined) yield* this.buffer.inExporter(this.buffer.ops.unpin(this))
  }

  /**
   * Ask the exporter for DMA addresses (DMB-13). Importers of peers ask for both directions, whatever they mean to do
   * (IMP-4). **Locks** the reservation is held (DMB-24). **Errors** the exporter's.
   */
  *map(direction: Direction): Op<SgTable> {
    this.buffer.resv.lock.assertHeld()
    const pinned = !this.dynamic && this.buffer.ops.pin !== undefined
    if (pinned) yield* this.#implicitPin()
    let table: SgTable
    try {
      table = yield* this.buffer.inExporter(this.buffer.ops.map(this, direction))
    } catch (error) {
      if (pinned) yield* this.#implicitUnpin()
      throw error
    }
    this.#tables.push(table)
    if (!this.dynamic) yield* this.buffer.resv.wait('kernel')
    return table
  }

  /** Give the addresses back (DMB-14). **Locks** the reservation is held. Must pass the table that `map` gave (INV-21). */
  *unmap(table: SgTable, direction: Direction): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (!this.#tables.includes(table)) {
      throw new ContractError(
        'INV-21',
        `${this.device.name} unmaps a table of ${this.buffer.name} that it was not given`,
      )
    }
    yield* this.buffer.inExporter(this.buffer.ops.unmap(this, table, direction))
    this.#tables.splice(this.#tables.indexOf(table), 1)
    this.#trace.emit({ kind: 'unmap', buffer: this.buffer.name, device: this.device.name, mapping: table.mapping })
    if (!this.dynamic && this.buffer.ops.pin !== undefined) yield* this.#implicitUnpin()
  }

  /** The private interconnect (IFD-4). **Locks** the reservation is held. **Errors** EOPNOTSUPP without one. */
  *physRanges(): ReturnType<NonNullable<DmaBuf['ops']['physRanges']>> {
    this.buffer.resv.lock.assertHeld()
    if (this.buffer.ops.physRanges === undefined) {
      throw new KernelError('EOPNOTSUPP', 'IFD-4', `${this.buffer.exporter} hands out no physical ranges`)
    }
    return yield* this.buffer.inExporter(this.buffer.ops.physRanges(this))
  }

  /** Run the importer's callback, if it has one (DMB-16). **Locks** the reservation is held. */
  *invalidate(): Op<void> {
    const callback = this.ops?.invalidate
    if (callback === undefined) return
    yield* point(`invalidate ${this.device.name}`)
    this.#trace.emit({
      kind: 'invalidate',
      buffer: this.buffer.name,
      device: this.device.name,
      mapped: this.#tables.length > 0,
    })
    yield* this.buffer.inImporter(this.#part, callback.call(this.ops, this))
  }

  *#implicitPin(): Op<void> {
    if (this.buffer.ops.pin !== undefined) yield* this.buffer.inExporter(this.buffer.ops.pin(this))
  }

  *#implicitUnpin(): Op<void> {
    if (this.buffer.ops.unpin !== undefined) yield* this.buffer.inExporter(this.buffer.ops.unpin(this))
  }
}
