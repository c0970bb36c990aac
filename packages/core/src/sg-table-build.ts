/**
 * From pieces of a BAR to DMA addresses for one importer: `dma_buf_phys_vec_to_sgt` and its counterpart (SGT-1 … SGT-15).
 *
 * The map type decides what is programmed (SGT-2): bus addresses below one switch, else whatever the DMA API of the
 * importer's platform gives, in one IOVA run for the sum of the pieces where it has such.
 */
import { advance, type DmaAddr, hex, type PhysAddr, type PhysRange } from './address.ts'
import type { Attachment } from './attachment.ts'
import type { Device } from './device.ts'
import { ContractError, KernelError } from './errors.ts'
import { failPoint } from './fault.ts'
import { GENERATION_RULES } from './generation-rules.ts'
import { mapType, type MapTypeServices } from './map-type.ts'
import type { Op } from './op.ts'
import type { MapType } from './p2p.ts'
import { busAddressOf, type P2pProvider } from './p2p-provider.ts'
import type { DmaApi, IovaRun } from './platform.ts'
import { DEVICES, FACTS, HOOKS, PLATFORM, type Scope, TOPOLOGY, TRACE, WITNESS } from './scope.ts'
import { type SgChunk, WHOLE_PAGES } from './sg-chunk.ts'
import type { AddressKind, Direction, SgEntry, SgTable } from './sg-table.ts'
import { demandAddress, demandIovaRun, platformOp } from './tap-contract.ts'
import type { BarPiece, Witness } from './witness.ts'

export interface SgtServices extends MapTypeServices {
  readonly dma: DmaApi
  readonly witness: Witness
  /** What is programmed for each map type; `TABLE_BUILDERS` unless given. */
  readonly tables?: TableBuilders
}

export interface SgtRequest {
  readonly attachment: Attachment
  readonly provider: P2pProvider
  /** In the order of the buffer; each a multiple of the page size (VFIO-8). */
  readonly pieces: readonly PhysRange[]
  readonly direction: Direction
  /** The same pieces as the judge is to look for them. */
  readonly target: readonly BarPiece[]
}

/** Resolve once per exporter and run. **Shape** `tables`: what is programmed, where that is not `TABLE_BUILDERS`. */
export function sgtServices(run: Scope, tables: TableBuilders = TABLE_BUILDERS): SgtServices {
  return {
    topology: run.get(TOPOLOGY),
    facts: run.get(FACTS),
    hooks: run.get(HOOKS),
    devices: run.get(DEVICES),
    trace: run.get(TRACE),
    witness: run.get(WITNESS),
    dma: run.get(PLATFORM).dma,
    tables,
  }
}

/** What has to be undone when the table goes. */
export type DmaState =
  | { readonly kind: 'none' }
  | { readonly kind: 'iova'; readonly run: IovaRun; readonly size: number }
  | { readonly kind: 'ranges'; readonly mapped: readonly { readonly at: DmaAddr; readonly length: number }[] }

class BuiltTable implements SgTable {
  readonly origNents = 0
  readonly entries: readonly SgEntry[]
  readonly mapType: SgTable['mapType']
  readonly addressKind: AddressKind
  readonly mapping: number
  readonly state: DmaState
  constructor(built: BuiltEntries, mapType: SgTable['mapType'], mapping: number) {
    this.entries = built.entries
    this.mapType = mapType
    this.addressKind = built.addressKind
    this.mapping = mapping
    this.state = built.state
  }
}

/**
 * Build the table.
 *
 * **Locks** the reservation is held. **Errors** EINVAL for a pair that cannot do P2P (SGT-8) or too many entries (SGT-9);
 * ENOMEM, EADDRINUSE, EIO, EPERM from the DMA API (SGT-4 … SGT-7). Nothing stays mapped after an error.
 */
export function* physVecToSgt(services: SgtServices, request: SgtRequest): Op<SgTable> {
  const { attachment, provider, pieces } = request
  attachment.buffer.resv.lock.assertHeld()
  const answer = mapType(services, provider, attachment.device)
  const { trace } = services
  try {
    if (answer.mapType === 'not-supported') {
      throw new KernelError(
        'EINVAL',
        'SGT-8',
        `${attachment.device.name} cannot do P2P with ${provider.owner.name}: ${answer.why}`,
      )
    }
    failPoint(services.hooks, 'sgt:alloc', attachment.device, 'ENOMEM', 'SGT-1')
    const { tables = TABLE_BUILDERS } = services
    const built = yield* tables[answer.mapType](services, request)
    const mapping = services.witness.mapped({
      buffer: attachment.buffer.name,
      importer: attachment.device,
      owner: provider.owner,
      mapType: answer.mapType,
      entries: built.entries,
      target: request.target,
    })
    if (trace.on) {
      trace.emit({
        kind: 'map',
        buffer: attachment.buffer.name,
        device: attachment.device.name,
        mapType: answer.mapType,
        mapping,
        addressKind: built.addressKind,
        address: built.entries[0]?.address ?? 0,
        count: built.entries.length,
        length: total(pieces),
        rule: answer.rule,
        why: answer.why,
      })
    }
    return new BuiltTable(built, answer.mapType, mapping)
  } catch (error) {
    if (trace.on && error instanceof KernelError) {
      const { buffer, device } = attachment
      const { mapType, why } = answer
      const { errno, rule } = error
      trace.emit({ kind: 'map', buffer: buffer.name, device: device.name, mapType, errno, rule, why })
    }
    throw error
  }
}

/**
 * Undo a table (SGT-14).
 *
 * **Locks** the reservation is held. Never fails. With the switch `BUG-30` its entry array leaks, as in the real kernel.
 */
export function* freeSgt(
  services: SgtServices,
  attachment: Attachment,
  table: SgTable,
  direction: Direction,
): Op<void> {
  attachment.buffer.resv.lock.assertHeld()
  if (!(table instanceof BuiltTable))
    throw new ContractError(
      'INV-21',
      'a table that this kernel did not build: who maps hands on the one that was built, as it is',
    )
  services.witness.unmapped(table.mapping)
  const { device } = attachment
  if (table.state.kind === 'iova') yield* destroyed(services, device, table.state.run, table.state.size)
  if (table.state.kind === 'ranges') yield* unmapAll(services, device, table.state.mapped, direction)
  if (services.facts.switches.has('BUG-30'))
    services.witness.leftover(`sg entries of ${attachment.buffer.name}`, 'SGT-14')
}

/** Entries for one importer, and what has to be undone. */
export interface BuiltEntries {
  readonly entries: readonly SgEntry[]
  readonly addressKind: AddressKind
  readonly state: DmaState
}

export type TableBuilder = (services: SgtServices, request: SgtRequest) => Op<BuiltEntries>

/** What each map type asks for (SGT-2). */
export type TableBuilders = Readonly<Record<Exclude<MapType, 'not-supported'>, TableBuilder>>

/** SGT-3: what the peer decodes by itself; no DMA state, no mask check. */
function* busAddresses(services: SgtServices, { provider, pieces }: SgtRequest): Op<BuiltEntries> {
  const entries = splitEntries(
    pieces.map((piece) => ({ address: busAddressOf(provider, piece.start), length: piece.length })),
    services.facts.pageSize,
    chunkOf(services),
  )
  return { entries, addressKind: 'bus', state: { kind: 'none' } }
}

/** What the DMA API of the importer's platform gives, in one IOVA run for the sum of the pieces where it has such. */
function* throughHostBridge(
  services: SgtServices,
  { attachment: { device }, pieces, direction }: SgtRequest,
): Op<BuiltEntries> {
  const size = total(pieces)
  const run = demandIovaRun(services.hooks, services.dma.tryAllocIova(device, size))
  if (run !== undefined) return yield* throughOneIova(services, device, run, pieces, direction)
  return yield* rangeByRange(services, device, pieces, direction)
}

export const TABLE_BUILDERS: TableBuilders = { 'bus-addr': busAddresses, 'thru-host-bridge': throughHostBridge }

/** SGT-4: one contiguous IOVA run over all pieces in order. */
function* throughOneIova(
  services: SgtServices,
  device: Device,
  run: IovaRun,
  pieces: readonly PhysRange[],
  direction: Direction,
): Op<BuiltEntries> {
  // The kernel links each piece at offset 0, so a second piece hits an occupied IOVA (SGT-12); the intent is the sum so far.
  const atZero = services.facts.switches.has('SW-LINK-OFFSET0') || services.facts.switches.has('BUG-32')
  const size = total(pieces)
  let linked = 0
  try {
    // The kernel allocates the entries when it knows how many there will be, which is now.
    failPoint(services.hooks, 'sgt:entries', device, 'ENOMEM', 'SGT-1')
    for (const piece of pieces) {
      yield* platformOp(services.hooks, 'link', run.link(atZero ? 0 : linked, piece, direction))
      linked += piece.length
    }
    yield* platformOp(services.hooks, 'sync', run.sync())
  } catch (error) {
    // To the kernel's error path nothing linked is nothing to undo (SGT-13).
    const leaks = linked === 0 && services.facts.switches.has('BUG-31')
    if (leaks) services.witness.leftover(`IOVA range at ${hex(run.start)}`, 'SGT-13')
    else yield* destroyed(services, device, run, atZero ? Math.min(linked, pieces[0]?.length ?? 0) : linked)
    throw error
  }
  const entries = splitEntries([{ address: run.start, length: size }], services.facts.pageSize, chunkOf(services))
  return { entries, addressKind: 'iova', state: { kind: 'iova', run, size } }
}

/** One mapping a piece, by whatever backend the importer has: SGT-5 (iommu-dma), SGT-6 (direct), SGT-7 (legacy). */
function* rangeByRange(
  services: SgtServices,
  device: Device,
  pieces: readonly PhysRange[],
  direction: Direction,
): Op<BuiltEntries> {
  const mapped: { at: DmaAddr; length: number }[] = []
  const { hooks } = services
  if (device.dmaMaskBits === 0) throw noDmaMask(services, device)
  try {
    for (const piece of pieces) {
      const at = yield* platformOp(hooks, 'mapPhys', services.dma.mapPhys(device, piece, direction))
      mapped.push({ at: demandAddress(hooks, 'mapPhys', at), length: piece.length })
    }
  } catch (error) {
    yield* unmapAll(services, device, mapped, direction)
    throw error
  }
  const entries = splitEntries(
    mapped.map(({ at, length }) => ({ address: at, length })),
    services.facts.pageSize,
    chunkOf(services),
  )
  const addressKind = services.dma.backend(device) === 'direct' ? 'phys' : 'iova'
  return { entries, addressKind, state: { kind: 'ranges', mapped } }
}

/** A driver has forgotten to say what its device can reach: whatever the backend, nothing is mapped. */
function noDmaMask({ trace }: SgtServices, { name }: Device): KernelError {
  const message = `WARNING: ${name} has no DMA mask`
  trace.emit({ kind: 'log', message, rule: 'DMA-3', code: 'no-dma-mask', about: { device: name } })
  return new KernelError('ENOMEM', 'DMA-3', `${name} has no DMA mask`)
}

function* unmapAll(
  { dma, hooks }: SgtServices,
  device: Device,
  mapped: readonly { at: DmaAddr; length: number }[],
  direction: Direction,
): Op<void> {
  for (const { at, length } of mapped) {
    yield* withoutFail(
      'unmapPhys',
      at,
      device,
      platformOp(hooks, 'unmapPhys', dma.unmapPhys(device, at, length, direction)),
    )
  }
}

const destroyed = ({ hooks }: SgtServices, device: Device, run: IovaRun, linked: number): Op<void> =>
  withoutFail('destroy', run.start, device, platformOp(hooks, 'destroy', run.destroy(linked)))

/** **Errors** `ContractError` DMA-3: the exporter that unmaps has nobody to give a refusal of the platform to. */
function* withoutFail(call: string, at: DmaAddr, { name }: Device, work: Op<void>): Op<void> {
  try {
    yield* work
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    const refusal = `${error.errno} (${error.message})`
    throw new ContractError(
      'DMA-3',
      `the platform refuses to give ${hex(at)} of ${name} back: ${call} fails with ${refusal}`,
    )
  }
}

/**
 * Cut runs into entries, of at most the largest page multiple below 2^32 unless told otherwise (SGT-9, SGT-10).
 * **Errors** EINVAL beyond 2^32 - 1 entries.
 */
export function splitEntries(
  runs: readonly SgEntry[],
  pageSize: number,
  chunk: SgChunk = WHOLE_PAGES,
): readonly SgEntry[] {
  const longest = chunk.longest(pageSize)
  const count = runs.reduce((sum, run) => sum + Math.ceil(run.length / longest), 0)
  if (count >= 2 ** 32) throw new KernelError('EINVAL', 'SGT-9', `${count} entries overflow 32 bits`)
  const entries: SgEntry[] = []
  for (const run of runs) {
    for (let index = 0; index * longest < run.length; index++) {
      entries.push({
        address: advance(run.address, chunk.offset(index, longest)),
        length: Math.min(longest, run.length - index * longest),
      })
    }
  }
  return entries
}

const chunkOf = ({ facts }: SgtServices): SgChunk => GENERATION_RULES[facts.generation].sgChunk

const total = (pieces: readonly { readonly length: number; readonly start: PhysAddr }[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0)
