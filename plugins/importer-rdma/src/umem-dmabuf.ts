/** User memory that is a window of a dma-buf: what all RDMA drivers share (`ib_umem_dmabuf`, RDMA-1 to RDMA-3). */
import {
  advance,
  type Attachment,
  type AttachOps,
  ContractError,
  type Device,
  type DmaAddr,
  type DmaBuf,
  hex,
  type Kernel,
  KernelError,
  type Op,
  type SgTable,
  SharedState,
  U64_SPAN,
  wordOfPresence,
} from '@barter/core'

/** A run of DMA addresses, cut to the window. */
export interface Segment {
  /** Bytes from the start of the window. */
  readonly start: number
  readonly length: number
  readonly address: DmaAddr
}

/** What is mapped now. */
export interface MappedPages {
  readonly segments: readonly Segment[]
  /** Number under which the judge knows the mapping. */
  readonly mapping: number
}

export interface Window {
  /** Bytes from the start of the buffer. */
  readonly offset: number
  readonly length: number
}

/**
 * The window that user space asks for.
 *
 * **Shape** `length` undefined: to the end of the buffer. **Errors** EINVAL: the sum wraps, the buffer is smaller, or
 * nothing is left. **Source** RDMA-1
 */
export function windowOf(buffer: DmaBuf, offset: bigint, length: bigint | undefined): Window {
  const size = BigInt(buffer.size)
  const asked = length ?? (offset < size ? size - offset : 0n)
  if (offset + asked > size) {
    const text = `${hex(asked)} bytes at ${hex(offset)}`
    if (offset + asked >= U64_SPAN) throw new KernelError('EINVAL', 'RDMA-1', `${text} wrap`)
    throw new KernelError('EINVAL', 'RDMA-1', `${text} reach beyond ${buffer.name} of ${hex(buffer.size)} bytes`)
  }
  if (asked === 0n) throw new KernelError('EINVAL', 'RDMA-1', `no page of ${buffer.name} is left to register`)
  return { offset: Number(offset), length: Number(asked) }
}

export class UmemDmabuf {
  readonly buffer: DmaBuf
  readonly window: Window
  #attachment: Attachment | undefined
  #table: SgTable | null = null
  readonly #pages: SharedState<MappedPages | null>

  constructor(kernel: Kernel, buffer: DmaBuf, window: Window) {
    this.buffer = buffer
    this.window = window
    this.#pages = new SharedState<MappedPages | null>(kernel, 'pages of a region', null, wordOfPresence)
  }

  /** What is mapped; read under the reservation. */
  get pages(): MappedPages | null {
    return this.#pages.read()
  }

  /**
   * Attach, with a reference of its own. **Locks** the reservation is not held. **Errors** the exporter's.
   *
   * The callback may run before this returns (DMB-9); it finds nothing mapped then.
   */
  *attach(device: Device, ops: AttachOps): Op<void> {
    const buffer = this.buffer.get()
    try {
      this.#attachment = yield* buffer.attach(device, ops)
    } catch (error) {
      buffer.put()
      throw error
    }
  }

  /**
   * Map, unless it is mapped, and wait for whoever still moves the memory (DMB-15).
   * **Locks** the reservation is held. **Errors** the exporter's. **Source** RDMA-2
   */
  *mapPages(): Op<MappedPages> {
    this.buffer.resv.lock.assertHeld()
    let { pages } = this
    if (pages === null) {
      const table = yield* this.#attached().map('bidirectional')
      this.#table = table
      pages = { segments: cutToWindow(table, this.window), mapping: table.mapping }
      this.#pages.write(pages)
    }
    yield* this.buffer.resv.wait('kernel')
    return pages
  }

  /** Nothing happens when nothing is mapped. **Locks** the reservation is held. **Source** RDMA-3 */
  *unmapPages(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    const table = this.#table
    if (this.pages === null || table === null) return
    this.#table = null
    this.#pages.write(null)
    yield* this.#attached().unmap(table, 'bidirectional')
  }

  /** **Locks** the reservation is held. **Errors** the exporter's. */
  *pin(): Op<void> {
    yield* this.#attached().pin()
  }

  /** **Locks** the reservation is held. */
  *unpin(): Op<void> {
    yield* this.#attached().unpin()
  }

  /** Unmap what is still mapped, detach, drop the reference. **Locks** takes the reservation. */
  *release(): Op<void> {
    const { lock } = this.buffer.resv
    yield* lock.lock()
    try {
      yield* this.unmapPages()
    } finally {
      lock.unlock()
    }
    yield* this.detach()
  }

  /** Of memory that is not mapped: detach, drop the reference. **Locks** the reservation is not held. */
  *detach(): Op<void> {
    yield* this.buffer.detach(this.#attached())
    this.#attachment = undefined
    this.buffer.put()
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new ContractError('DMB-11', `${this.buffer.name} is not attached`)
    return this.#attachment
  }
}

/**
 * The table's entries inside the window. The kernel trims the first and last entry in place and restores them before
 * the unmap; here the table stays as it was given (INV-21).
 */
function cutToWindow(table: SgTable, window: Window): readonly Segment[] {
  const segments: Segment[] = []
  let at = 0
  for (const { address, length } of table.entries) {
    const from = Math.max(at, window.offset)
    const to = Math.min(at + length, window.offset + window.length)
    if (from < to) {
      segments.push({ start: from - window.offset, length: to - from, address: advance(address, from - at) })
    }
    at += length
  }
  return segments
}
