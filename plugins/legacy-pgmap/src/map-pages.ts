/** DMA addresses for P2P pages, as `dma_map_sg()` gives them (PGM-10). */
import {
  advance,
  type AddressKind,
  type Attachment,
  type BarPiece,
  busAddressOf,
  ContractError,
  type Direction,
  type DmaAddr,
  failPoint,
  type IovaRun,
  KernelError,
  type MapType,
  mapType,
  type Op,
  type SgEntry,
  type SgTable,
  type SgtServices,
  splitEntries,
} from '@barter/core'
import type { P2pPages } from './page-map.ts'

type Undo =
  /** Entries marked as bus addresses: nobody ever unmaps them. */
  | { readonly kind: 'bus' }
  | { readonly kind: 'iova'; readonly run: IovaRun }
  | { readonly kind: 'single'; readonly at: DmaAddr }

interface Mapped {
  readonly first: DmaAddr
  readonly addressKind: AddressKind
  readonly undo: Undo
}

class PageTable implements SgTable {
  readonly entries: readonly SgEntry[]
  /** Unlike a provider's table this one has a CPU list: there are pages. */
  readonly origNents: number
  readonly mapType: MapType
  readonly addressKind: AddressKind
  readonly mapping: number
  readonly undo: Undo
  constructor(table: Omit<SgTable, 'origNents'>, undo: Undo) {
    this.entries = table.entries
    this.origNents = table.entries.length
    this.mapType = table.mapType
    this.addressKind = table.addressKind
    this.mapping = table.mapping
    this.undo = undo
  }
}

/**
 * **Locks** the reservation is held. **Errors** EREMOTEIO for a pair that cannot do P2P, which fails the whole list; ENOMEM
 * and the like from the DMA API.
 */
export function* mapPages(
  services: SgtServices,
  attachment: Attachment,
  pages: P2pPages,
  direction: Direction,
): Op<SgTable> {
  const { device, buffer } = attachment
  const { provider } = pages.map
  buffer.resv.lock.assertHeld()
  const answer = mapType(services, provider, device)
  const seen = {
    kind: 'map',
    buffer: buffer.name,
    device: device.name,
    mapType: answer.mapType,
    why: answer.why,
  } as const
  try {
    if (answer.mapType === 'not-supported') {
      const pair = `${device.name} cannot do P2P with ${provider.owner.name}`
      throw new KernelError('EREMOTEIO', 'PGM-10', `${pair}: ${answer.why}`)
    }
    failPoint(services.hooks, 'pgmap:map', device, 'ENOMEM', 'PGM-10')
    const made: Mapped =
      answer.mapType === 'bus-addr'
        ? { first: busAddressOf(provider, pages.range.start), addressKind: 'bus', undo: { kind: 'bus' } }
        : yield* likeMemory(services, attachment, pages, direction)
    const entries = splitEntries([{ address: made.first, length: pages.range.length }], services.facts.pageSize)
    const target: BarPiece = { bar: provider.bar, offset: pages.offset, length: pages.range.length }
    const facts = { buffer: buffer.name, importer: device, owner: provider.owner, mapType: answer.mapType }
    const mapping = services.witness.mapped({ ...facts, entries, target: [target] })
    const shape = { address: made.first, count: entries.length, length: pages.range.length }
    services.trace.emit({ ...seen, mapping, addressKind: made.addressKind, ...shape, rule: 'PGM-10' })
    const table = { entries, mapType: answer.mapType, addressKind: made.addressKind, mapping }
    return new PageTable(table, made.undo)
  } catch (error) {
    if (error instanceof KernelError) services.trace.emit({ ...seen, errno: error.errno, rule: error.rule })
    throw error
  }
}

/** **Locks** the reservation is held. Never fails. */
export function* unmapPages(
  services: SgtServices,
  attachment: Attachment,
  table: SgTable,
  direction: Direction,
): Op<void> {
  attachment.buffer.resv.lock.assertHeld()
  if (!(table instanceof PageTable))
    throw new ContractError(
      'INV-21',
      'a table that this kernel did not build: who maps hands on the one that was built, as it is',
    )
  services.witness.unmapped(table.mapping)
  const length = table.entries.reduce((sum, entry) => sum + entry.length, 0)
  if (table.undo.kind === 'iova') yield* table.undo.run.destroy(length)
  if (table.undo.kind === 'single') yield* services.dma.unmapPhys(attachment.device, table.undo.at, length, direction)
}

/** Through the host bridge pages over MMIO are pages like others. */
function* likeMemory(
  { dma }: SgtServices,
  { device }: Attachment,
  { range }: P2pPages,
  direction: Direction,
): Op<Mapped> {
  const run = dma.tryAllocIova(device, range.length)
  if (run === undefined) {
    const at = yield* dma.mapPhys(device, range, direction)
    const addressKind = dma.backend(device) === 'direct' ? 'phys' : 'iova'
    return { first: at, addressKind, undo: { kind: 'single', at } }
  }
  let linked = 0
  try {
    yield* run.link(0, range, direction)
    linked = range.length
    yield* run.sync()
  } catch (error) {
    yield* run.destroy(linked)
    throw error
  }
  return { first: advance(run.start, 0), addressKind: 'iova', undo: { kind: 'iova', run } }
}
