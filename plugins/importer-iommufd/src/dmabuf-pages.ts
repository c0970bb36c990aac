/**
 * A lent buffer in address spaces: attached by iommufd itself, pinned, and put into domains by its physical range (IFD-3 to
 * IFD-9). A revoke takes it out of every domain before the callback returns, and for good.
 */
import {
  type Attachment,
  type BarPiece,
  contains,
  ContractError,
  type Device,
  type DmaBuf,
  hex,
  iova,
  KernelError,
  type Op,
  physAddr,
  type PhysRange,
  point,
  runAsOne,
} from '@barter/core'
import type { Area, TableDomain } from './area.ts'
import { nothing, Pages } from './pages.ts'
import { directionOf } from './rights.ts'
import type { IommufdServices } from './services.ts'

/** One pair of domain and area (IFD-7). */
interface Tracked {
  readonly domain: TableDomain
  readonly area: Area
  /** Number under which the judge knows it; nothing is there when it came after a revoke. */
  mapping: number | undefined
}

export interface BufferPiece {
  readonly buffer: DmaBuf
  /** Whole pages. */
  readonly base: bigint
  readonly writable: boolean
  /** How the timeline calls the address space. */
  readonly space: string
}

export class DmabufPages extends Pages {
  readonly type = 'dmabuf'
  readonly buffer: DmaBuf
  readonly #space: string
  readonly #tracked: Tracked[] = []
  #attachment: Attachment | undefined
  #destroyed = false
  /** `undefined`: revoked, or not asked for yet. **Locks** that of the pages. */
  #range: PhysRange | undefined

  private constructor(services: IommufdServices, { buffer, base, writable, space }: BufferPiece) {
    super(services, buffer.name, base, writable)
    this.buffer = buffer
    this.#space = space
  }

  /**
   * Attach, pin, and ask for the physical range (IFD-3, IFD-4). **Locks** takes the reservation, lets it go.
   * **Errors** the exporter's; EOPNOTSUPP without one physical range. Nothing stays attached then.
   */
  static *import(services: IommufdServices, piece: BufferPiece): Op<DmabufPages> {
    const pages = new DmabufPages(services, piece)
    // Taken over from the descriptor by the pages (IFD-5).
    piece.buffer.get()
    try {
      yield* pages.#attach()
    } catch (error) {
      piece.buffer.put()
      throw error
    }
    return pages
  }

  /** The revoke was here. */
  get revoked(): boolean {
    return this.#range === undefined
  }

  /** Number under which the judge knows an area, in the first domain that has it. */
  mappingOf(area: Area): number | undefined {
    return this.#tracked.find((one) => one.area === area && one.mapping !== undefined)?.mapping
  }

  /** **Errors** EINVAL: the CPU has no pages of a BAR (IFD-11). */
  *physical(startByte: bigint, length: bigint): Op<PhysRange> {
    if (this.#range === undefined) throw new KernelError('EINVAL', 'IFD-9', `${this.buffer.name} was revoked`)
    return { start: physAddr(this.#range.start + Number(this.base + startByte)), length: Number(length) }
  }

  /** What comes after a revoke is tracked and gets nothing: as if the revoke had come right after it (IFD-9, IFD-10). */
  override *fill(area: Area, domain: TableDomain): Op<void> {
    yield* this.lock.lock()
    try {
      const tracked: Tracked = { domain, area, mapping: undefined }
      if (this.#range !== undefined) {
        const range = yield* this.physical(area.startByte, area.length)
        yield* domain.iommu?.map(iova(Number(area.iova)), range, directionOf(area.rights)) ?? nothing()
        tracked.mapping = this.#declare(area, domain, range)
      }
      this.#tracked.push(tracked)
    } finally {
      this.lock.unlock()
    }
  }

  override *unfill(area: Area, domain: TableDomain): Op<void> {
    yield* this.lock.lock()
    const at = this.#tracked.findIndex((one) => one.area === area && one.domain === domain)
    const [tracked] = at < 0 ? [] : this.#tracked.splice(at, 1)
    // Gone with the revoke, if there was one.
    if (tracked !== undefined && this.#range !== undefined) yield* this.#clear(tracked)
    this.lock.unlock()
  }

  override trackedFor(area: Area): readonly TableDomain[] {
    return this.#tracked.filter((one) => one.area === area).map(({ domain }) => domain)
  }

  protected *release(): Op<void> {
    this.#checkUntracked()
    if (this.#attachment !== undefined) yield* runAsOne(this.services.release, this)
  }

  /** From here on nobody tells them anything. **Locks** takes the reservation, lets it go. */
  *leaveBuffer(): Op<void> {
    const attachment = this.#attachment
    if (attachment === undefined) return
    if (this.services.pins) {
      yield* this.buffer.resv.lock.lock()
      yield* attachment.unpin()
      this.buffer.resv.lock.unlock()
    }
    yield* this.buffer.detach(attachment)
    this.buffer.put()
  }

  /** The mutex and what it guards are gone: who comes now uses memory that is free (BUG-8). */
  destroy(): void {
    this.#destroyed = true
  }

  *#attach(): Op<void> {
    const { buffer, services } = this
    const invalidate = (): Op<void> => services.inside(this.#revoke())
    const attachment = yield* buffer.attach(services.self, { peer2peer: true, invalidate })
    this.#attachment = attachment
    yield* buffer.resv.lock.lock()
    try {
      if (services.pins) yield* attachment.pin()
      try {
        const [range, another] = yield* attachment.physRanges()
        if (range === undefined || another !== undefined) {
          throw new KernelError('EOPNOTSUPP', 'IFD-4', `${buffer.name} is not one physical range`)
        }
        this.#range = range
      } catch (error) {
        if (services.pins) yield* attachment.unpin()
        throw error
      }
    } catch (error) {
      buffer.resv.lock.unlock()
      yield* buffer.detach(attachment)
      throw error
    }
    buffer.resv.lock.unlock()
  }

  /** The callback (IFD-8). **Locks** the reservation is held; takes that of the pages and no other of ours (IFD-13). */
  *#revoke(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (this.#destroyed) {
      throw new ContractError(
        'INV-27',
        `${this.#space} is told to let go of ${this.buffer.name} by pages that are destroyed`,
      )
    }
    yield* runAsOne(this.services.revoke, this)
    this.#checkGone()
  }

  /** Out of every domain. **Locks** that of the pages is held. */
  *clearDomains(): Op<void> {
    this.lock.assertHeld()
    if (this.#range === undefined) return
    for (const tracked of this.#tracked) yield* this.#clear(tracked)
    yield* point(`${this.buffer.name} is gone from every domain`)
  }

  /** From here on it counts as revoked, and no domain gets it. **Locks** that of the pages is held. */
  forgetRange(): void {
    this.lock.assertHeld()
    this.#range = undefined
  }

  /** INV-24: of revoked pages nothing is in a domain. */
  #checkGone(): void {
    const left = this.#tracked.find(({ mapping }) => mapping !== undefined)
    if (left === undefined) return
    const message = `${this.buffer.name} is revoked and still in ${left.domain.name}`
    this.services.witness.broken('INV-24', 'IFD-8', message)
  }

  /** INV-24: a tracked pair is a live one. */
  #tellShort({ area, domain }: Tracked, gone: number): void {
    const message = `of ${hex(area.length)} bytes of ${this.buffer.name}, tracked for ${domain.name}, it had ${hex(gone)}`
    this.services.witness.broken('INV-24', 'IFD-7', message)
  }

  /** INV-24: with the last area no pair is live, so none may be tracked. */
  #checkUntracked(): void {
    const [left] = this.#tracked
    if (left === undefined) return
    const message = `the last area of ${this.buffer.name} is gone, and ${left.domain.name} is still tracked`
    this.services.witness.broken('INV-24', 'IFD-7', message)
  }

  /** Out of the domain, with the IOTLB flushed. **Locks** that of the pages is held. */
  *#clear(tracked: Tracked): Op<void> {
    const { domain, area, mapping } = tracked
    const length = Number(area.length)
    if (mapping !== undefined) this.services.witness.unmapping?.(mapping)
    const gone = domain.iommu === undefined ? length : yield* domain.iommu.unmap(iova(Number(area.iova)), length)
    if (gone !== length) this.#tellShort(tracked, gone)
    if (mapping === undefined) return
    tracked.mapping = undefined
    this.services.witness.unmapped(mapping)
    this.services.trace.emit({ kind: 'unmap', buffer: this.buffer.name, device: this.#space, mapping })
  }

  /** **Shape** `undefined` for a table that nobody translates by. */
  #declare(area: Area, domain: TableDomain, range: PhysRange): number | undefined {
    if (domain.iommu === undefined) return undefined
    const { owner, piece } = placeOf(this.services.devices.all, range) ?? {}
    if (owner === undefined || piece === undefined) return undefined
    const address = iova(Number(area.iova))
    const mapping = this.services.witness.mapped({
      buffer: this.buffer.name,
      importer: domain.device,
      owner,
      // An address that an IOMMU has to translate; nobody asked what is on the way (IFD-6).
      mapType: 'thru-host-bridge',
      entries: [{ address, length: range.length }],
      target: [piece],
      handedOutBefore: true,
    })
    this.services.trace.emit({
      kind: 'map',
      buffer: this.buffer.name,
      device: this.#space,
      mapping,
      addressKind: 'iova',
      address,
      count: 1,
      length: range.length,
      rule: 'IFD-6',
      why: 'one physical range, straight into the domain',
    })
    return mapping
  }
}

/** Whose BAR a physical range is of. */
function placeOf(all: readonly Device[], { start, length }: PhysRange): { owner: Device; piece: BarPiece } | undefined {
  for (const owner of all) {
    const bar = owner.fn.bars.find((one) => one.kind !== 'io' && contains(one.start, one.length ?? 0, start))
    if (bar !== undefined) return { owner, piece: { bar: bar.index, offset: start - bar.start, length } }
  }
  return undefined
}
