/** One attachment of the probe: maps and unmaps as told, and keeps a list of what happened to it. */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  type AttachOps,
  type Bdf,
  type Bus,
  type Device,
  type Fence,
  type Devices,
  type Direction,
  type DmaBuf,
  type Import,
  type IommuUnit,
  type Kernel,
  KernelError,
  type Op,
  type SgTable,
  sleep,
  waitFor,
  type StepValue,
} from '@barter/core'
import { directionOf, USUAL_KEY } from './controls.ts'
import type { Engines } from './engine.ts'
import { type EventClock, EventLog } from './event-log.ts'
import { moveData } from './move-data.ts'
import type { ProbeOptions } from './options.ts'

export interface ProbeServices {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly devices: Devices
  /** The platform's, of which one may only ask. */
  readonly iommu: IommuUnit
  readonly engines: Engines
  readonly clock: EventClock
}

/** Attach. **Errors** the exporter's. */
export function* importWith(
  services: ProbeServices,
  device: Device,
  buffer: DmaBuf,
  options: ProbeOptions,
): Op<Import> {
  if (options.dmaMaskBits !== undefined) device.dmaMaskBits = options.dmaMaskBits
  const made = new ProbeImport(services, device, buffer.get(), options)
  yield* made.attach()
  return made
}

class ProbeImport implements Import {
  readonly #services: ProbeServices
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #options: ProbeOptions
  readonly #events: EventLog
  /** Every table it was ever given, by key. */
  readonly #tables = new Map<string, SgTable>()
  #attachment: Attachment | undefined
  #direction: Direction = 'bidirectional'
  #invalidations = 0
  #invalidationsWhileMapped = 0
  #workerQueued = false
  /** Workers that take the reservation: they use the buffer by the reference of the import. */
  readonly #atWork = new Set<Fence>()
  #lastRemap: string | undefined

  constructor(services: ProbeServices, device: Device, buffer: DmaBuf, options: ProbeOptions) {
    this.#services = services
    this.#device = device
    this.#buffer = buffer
    this.#options = options
    this.#events = new EventLog(services.clock)
  }

  *attach(): Op<void> {
    try {
      this.#attachment = yield* this.#buffer.attach(this.#device, this.#attachOps())
    } catch (error) {
      this.#buffer.put()
      throw error
    }
  }

  /** With the reservation held, so that who takes the mapping away waits for the transfer (DMB-17). */
  *access(request: AccessRequest): Op<AccessResult> {
    return yield* this.#buffer.resv.locked(() => this.#transfer(request))
  }

  *#transfer(request: AccessRequest): Op<AccessResult> {
    const table = this.#attachment?.table
    if (table === undefined || table === null) return { ok: false, status: 'not mapped', rule: 'IMP-3' }
    return yield* moveData(this.#services.bus, this.#device, table, request)
  }

  *control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    switch (name) {
      case 'map':
        return yield* this.#buffer.resv.locked(() => this.#map(directionOf(args.dir), keyOf(args.key)))
      case 'unmap':
        return yield* this.#buffer.resv.locked(() => this.#unmapTold())
      case 'pin':
        yield* this.#buffer.resv.locked(() => this.#attached().pin())
        return null
      case 'unpin':
        yield* this.#buffer.resv.locked(() => this.#attached().unpin())
        return null
      case 'attached':
        return { peer2peer: this.#attached().peer2peer, size: this.#buffer.size }
      case 'status':
        return this.#status()
      case 'translate':
        return this.#translate(args.offsets)
      case 'dmaRead':
      case 'dmaWrite':
      case 'dmaCopy':
        return yield* this.#move(name, args)
      default:
        throw new KernelError('ENOTTY', 'IMP-1', `the probe has no ${name}`)
    }
  }

  *close(): Op<void> {
    const attachment = this.#attached()
    if (attachment.table !== null) yield* this.#buffer.resv.locked(() => this.#unmap())
    yield* this.#buffer.detach(attachment)
    this.#attachment = undefined
    for (const over of this.#atWork) yield* waitFor(over, 'worker')
    this.#buffer.put()
  }

  #attachOps(): AttachOps | undefined {
    if (this.#options.isStatic) return undefined
    const { peer2peer } = this.#options
    if (this.#options.invalidate.kind === 'none') return { peer2peer }
    return { peer2peer, invalidate: (attachment) => this.#invalidated(attachment) }
  }

  /** The callback. It may come before `attach` returned (DMB-9), so it uses the attachment it is given. */
  *#invalidated(attachment: Attachment): Op<void> {
    this.#attachment ??= attachment
    const mapped = attachment.table !== null
    this.#invalidations++
    if (mapped) this.#invalidationsWhileMapped++
    this.#events.add(mapped ? 'invalidate-mapped' : 'invalidate-unmapped')
    const { invalidate, remap } = this.#options
    if (invalidate.kind === 'worker') return this.#queueWorker(invalidate.ticks)
    if (invalidate.kind !== 'inline' && invalidate.kind !== 'fence') return
    if (mapped) yield* this.#unmap()
    if (remap) yield* this.#remap('inline')
  }

  /** A worker that is already queued is not queued twice, as with delayed work of the kernel. */
  #queueWorker(ticks: number): void {
    if (this.#workerQueued) return
    this.#workerQueued = true
    this.#services.kernel.spawn(`worker(${this.#device.name})`, () => this.#worker(ticks))
  }

  *#worker(ticks: number): Op<void> {
    yield* sleep(ticks)
    this.#workerQueued = false
    if (this.#attachment === undefined) return
    const over = this.#services.kernel.fence(`worker(${this.#device.name}) is over`)
    this.#atWork.add(over)
    yield* this.#buffer.resv.locked(() => this.#unmapInWorker())
    this.#atWork.delete(over)
    over.signal()
  }

  *#unmapInWorker(): Op<void> {
    if (this.#attachment === undefined) return
    this.#events.add('worker-unmap')
    if (this.#attachment.table !== null) yield* this.#unmap()
    if (this.#options.remap) yield* this.#remap('worker')
  }

  *#remap(place: 'inline' | 'worker'): Op<void> {
    try {
      yield* this.#attached().map(this.#direction)
      this.#lastRemap = 'ok'
      this.#events.add(`${place}-remap-ok`)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.#lastRemap = error.errno
      this.#events.add(`${place}-remap-failed`)
    }
  }

  *#map(direction: Direction, key: string): Op<StepValue> {
    if (this.#attached().table !== null)
      throw new KernelError('EEXIST', 'DMB-13', 'the probe keeps one mapping an attachment')
    let table: SgTable
    try {
      table = yield* this.#attached().map(direction)
    } catch (error) {
      if (error instanceof KernelError) this.#events.add('map-failed')
      throw error
    }
    this.#direction = direction
    this.#tables.set(key, table)
    this.#events.add('mapped')
    this.#addFence()
    return describeTable(table)
  }

  /** Work of the device on this mapping, which ends by itself some time later. */
  #addFence(): void {
    const { invalidate } = this.#options
    if (invalidate.kind !== 'fence') return
    const { kernel } = this.#services
    const fence = kernel.fence(`work(${this.#device.name})`)
    this.#buffer.resv.addFence(fence, 'bookkeep')
    kernel.spawn(fence.name, () => this.#signalAfter(invalidate.ticks, fence))
  }

  *#signalAfter(ticks: number, fence: Fence): Op<void> {
    yield* sleep(ticks)
    this.#events.add('fence-signalled')
    fence.signal()
  }

  *#unmapTold(): Op<StepValue> {
    if (this.#attached().table === null) throw new KernelError('ENOENT', 'DMB-14', 'nothing is mapped')
    yield* this.#unmap()
    return null
  }

  *#unmap(): Op<void> {
    const { table } = this.#attached()
    if (table === null) return
    yield* this.#attached().unmap(table, this.#direction)
    this.#events.add('unmapped')
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new KernelError('EBADF', 'DMB-11', 'the attachment is gone')
    return this.#attachment
  }

  /** **Shape** `physical`: `null` where the IOMMU of the device holds nothing, and without a mapping. */
  #translate(offsets: StepValue | undefined): StepValue {
    const table = this.#attached().table
    const asked = Array.isArray(offsets) ? offsets.map((offset: StepValue) => Number(offset)) : []
    const { iommu } = this.#services
    const places = asked.map((offset) => {
      const address = table === null ? undefined : addressAt(table, offset)
      if (address === undefined) return { offset, physical: null }
      const found = iommu.translate(this.#device.bdf, address, 'read', false)
      return { offset, physical: found.kind === 'fault' ? null : found.address }
    })
    return { places }
  }

  *#move(name: 'dmaRead' | 'dmaWrite' | 'dmaCopy', args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    const table = this.#tables.get(keyOf(args.mapping))
    if (table === undefined) throw new KernelError('ENOENT', 'IMP-3', 'there is no such mapping, and never was one')
    const engine = this.#engine(args.engine)
    const { engines } = this.#services
    const at = (offset: StepValue | undefined) => ({ table, offset: Number(offset ?? 0), length: Number(args.length) })
    const { addressKind } = table
    switch (name) {
      case 'dmaRead':
        return { addressKind, arrived: yield* engines.read(engine, at(args.offset)) }
      case 'dmaWrite':
        return { addressKind, arrived: yield* engines.write(engine, at(args.offset)) }
      case 'dmaCopy': {
        const read = yield* engines.read(engine, at(args.from))
        const written = yield* engines.write(engine, at(args.to))
        return { addressKind, arrived: read && written }
      }
    }
  }

  #engine(name: StepValue | undefined): Device {
    if (typeof name !== 'string') return this.#device
    const { devices } = this.#services
    return devices.all.find((device) => device.name === name) ?? devices.get(name as Bdf)
  }

  #status(): StepValue {
    return {
      invalidations: this.#invalidations,
      invalidationsWhileMapped: this.#invalidationsWhileMapped,
      mapped: this.#attached().table !== null,
      events: this.#events.events,
      history: this.#events.history.map(({ event, tick, order }) => ({ event, tick, order })),
      ...(this.#lastRemap === undefined ? {} : { lastRemap: this.#lastRemap }),
    }
  }
}

const keyOf = (key: StepValue | undefined): string => (typeof key === 'string' ? key : USUAL_KEY)

/** The DMA address of a byte of the mapping; `undefined` beyond its end. */
function addressAt(table: SgTable, offset: number): number | undefined {
  let start = 0
  for (const { address, length } of table.entries) {
    if (offset < start + length) return address + offset - start
    start += length
  }
  return undefined
}

/** What a map gave, for an outcome: address kind, entries, lengths. */
function describeTable(table: SgTable): StepValue {
  return {
    mapType: table.mapType,
    addressKind: table.addressKind,
    nents: table.entries.length,
    origNents: table.origNents,
    total: table.entries.reduce((sum, entry) => sum + entry.length, 0),
    entries: table.entries.map(({ address, length }) => ({ address, length })),
  }
}
