/** A list of addresses, one `dma_map_resource()` for each range. */
import {
  type AddressKind,
  type Attachment,
  type BarPiece,
  ContractError,
  type Device,
  type Direction,
  type DmaAddr,
  KernelError,
  type MapType,
  type Op,
  type PhysRange,
  type SgEntry,
  type SgTable,
  type SgtServices,
  splitEntries,
} from '@barter/core'
import { dmaMapResource, dmaUnmapResource } from './dma-map-resource.ts'
import { expectedWay } from './expected-way.ts'

interface MappedRange {
  readonly address: DmaAddr
  readonly length: number
}

export class ResourceTable implements SgTable {
  readonly entries: readonly SgEntry[]
  readonly origNents = 0
  /** Nobody asked. */
  readonly mapType: MapType = 'not-supported'
  readonly addressKind: AddressKind
  readonly mapping: number
  readonly ranges: readonly MappedRange[]
  constructor(entries: readonly SgEntry[], addressKind: AddressKind, mapping: number, ranges: readonly MappedRange[]) {
    this.entries = entries
    this.addressKind = addressKind
    this.mapping = mapping
    this.ranges = ranges
  }
}

export interface ResourceSpec {
  readonly owner: Device
  /** In the order of the buffer. */
  readonly pieces: readonly PhysRange[]
  /** The same pieces as places in the BAR. */
  readonly target: readonly BarPiece[]
}

/** **Locks** the reservation is held. **Errors** ENOMEM (DMA-11); nothing stays mapped then. */
export function* buildTable(
  services: SgtServices,
  attachment: Attachment,
  { owner, pieces, target }: ResourceSpec,
  direction: Direction,
): Op<ResourceTable> {
  const { buffer, device } = attachment
  buffer.resv.lock.assertHeld()
  const why = 'dma_map_resource asks for no topology'
  const seen = { kind: 'map', buffer: buffer.name, device: device.name, why } as const
  const ranges: MappedRange[] = []
  try {
    for (const piece of pieces) {
      const address = yield* dmaMapResource(services.dma, device, piece, direction)
      ranges.push({ address, length: piece.length })
    }
  } catch (error) {
    yield* unmapRanges(services, device, ranges, direction)
    if (error instanceof KernelError) services.trace.emit({ ...seen, errno: error.errno, rule: error.rule })
    throw error
  }
  const entries = splitEntries(ranges, services.facts.pageSize)
  const mapType = expectedWay(services, owner, device)
  const mapping = services.witness.mapped({ buffer: buffer.name, importer: device, owner, mapType, entries, target })
  const addressKind = services.dma.backend(device) === 'direct' ? 'phys' : 'iova'
  const shape = { address: entries[0]?.address ?? 0, count: entries.length, length: buffer.size }
  services.trace.emit({ ...seen, mapping, addressKind, ...shape, rule: 'DMA-11' })
  return new ResourceTable(entries, addressKind, mapping, ranges)
}

/** **Locks** the reservation is held. Never fails. */
export function* freeTable(
  services: SgtServices,
  attachment: Attachment,
  table: SgTable,
  direction: Direction,
): Op<void> {
  attachment.buffer.resv.lock.assertHeld()
  if (!(table instanceof ResourceTable))
    throw new ContractError(
      'INV-21',
      'a table that this kernel did not build: who maps hands on the one that was built, as it is',
    )
  services.witness.unmapped(table.mapping)
  yield* unmapRanges(services, attachment.device, table.ranges, direction)
}

function* unmapRanges(
  { dma }: SgtServices,
  device: Device,
  ranges: readonly MappedRange[],
  direction: Direction,
): Op<void> {
  for (const { address, length } of ranges) yield* dmaUnmapResource(dma, device, address, length, direction)
}
