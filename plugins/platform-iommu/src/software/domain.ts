/** A translation domain as the IOMMU core keeps it: a table in memory, and the commands that make hardware forget. */
import {
  type Direction,
  hex,
  type Iova,
  type IommuDomain,
  type Kernel,
  isAligned,
  KernelError,
  type Op,
  type PhysRange,
  point,
  type Trace,
} from '@barter/core'
import { PageTable, READ, type Rights, WRITE } from '../hardware/page-table.ts'
import type { TranslationUnit } from '../hardware/translation-unit.ts'

/** DMA-2: what the device may do to memory. */
const RIGHTS: Readonly<Record<Direction, Rights>> = {
  'to-device': READ,
  'from-device': WRITE,
  bidirectional: 3,
}

export interface DomainServices {
  readonly unit: TranslationUnit
  readonly trace: Trace
  /** Bytes. */
  readonly granule: number
  readonly shared: Kernel['shared']
}

export class Domain implements IommuDomain {
  readonly name: string
  readonly table: PageTable
  readonly #services: DomainServices

  /** **Shape** `of`: whose default domain it is. */
  constructor(services: DomainServices, name: string, of?: { readonly name: string }) {
    this.#services = services
    this.name = name
    this.table = new PageTable(name, services.shared('translations of a domain', of))
  }

  *map(at: Iova, range: PhysRange, direction: Direction): Op<void> {
    this.#checkAligned(at, range)
    yield* point(`iommu map ${this.name}`)
    this.install(at, range, direction)
  }

  *unmap(at: Iova, length: number): Op<number> {
    yield* point(`iommu unmap ${this.name}`)
    const cleared = this.clear(at, length)
    yield* this.flush(at, length)
    return cleared
  }

  /** Write the table entries at once. **Errors** EADDRINUSE where something is mapped already. */
  install(at: number, range: PhysRange, direction: Direction): void {
    const taken = this.table.firstMapped(at, range.length)
    if (taken !== undefined) {
      throw new KernelError('EADDRINUSE', 'DMA-9', `${hex(taken)} is mapped already in ${this.name}`)
    }
    this.table.map(at, range.start, range.length, RIGHTS[direction])
    this.#emit('map', at, range.length)
  }

  /** Clear table entries; the IOTLB may know them still. Gives how many bytes were mapped. */
  clear(at: number, length: number): number {
    this.#emit('unmap', at, length)
    return this.table.unmap(at, length)
  }

  /** Make the hardware forget a range. */
  *flush(at: number, length: number): Op<void> {
    yield* point(`iotlb flush ${this.name}`)
    this.#services.unit.flush(this.table, at, length)
    this.#emit('flush', at, length)
  }

  /** Make the hardware forget the whole domain. */
  *flushAll(): Op<void> {
    yield* point(`iotlb flush ${this.name}`)
    this.#services.unit.flushAll(this.table)
    this.#services.trace.emit({ kind: 'iommu', action: 'flush', device: this.name, why: 'the whole domain' })
  }

  #emit(action: 'map' | 'unmap' | 'flush', address: number, length: number): void {
    this.#services.trace.emit({ kind: 'iommu', action, device: this.name, address, length })
  }

  #checkAligned(at: Iova, range: PhysRange): void {
    const { granule } = this.#services
    if ([at, range.start, range.length].every((value) => isAligned(value, granule)) && range.length > 0) return
    const what = `${hex(range.start)} + ${hex(range.length)} at ${hex(at)}`
    throw new KernelError('EINVAL', 'IFD-6', `${what} is not a multiple of the IOMMU's granule of ${granule} bytes`)
  }
}
