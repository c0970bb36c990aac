/** An importer for tests: it maps and unmaps as told and keeps a list of what happened, as the probe of the recordings. */
import {
  type Attachment,
  type AttachOps,
  type Device,
  type Direction,
  type DmaBuf,
  KernelError,
  type Op,
  type SgTable,
  sleep,
} from '@barter/core'
import type { House } from './house.ts'

/** `inline` unmaps in the callback, `worker` from a thread of its own 30 ms later, `manual` never by itself. */
export type Manner = 'inline' | 'worker' | 'manual' | 'none'

export interface ProbeOptions {
  readonly manner?: Manner
  readonly peer2peer?: boolean
  /** No importer operations at all. */
  readonly isStatic?: boolean
  /** Try to map again right after the unmap. */
  readonly remap?: boolean
}

const WORKER_TICKS = 30_000

/** Attach in a call of its own. **Errors** what the exporter refuses with. */
export function attached(house: House, client: string, buffer: DmaBuf, options: ProbeOptions = {}): Probe {
  const probe = new Probe(house, client, buffer, options)
  house.call(() => probe.attachOp())
  return probe
}

export class Probe {
  readonly events: string[] = []
  readonly #house: House
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #options: Required<ProbeOptions>
  #attachment: Attachment | undefined
  #direction: Direction = 'bidirectional'
  #workerQueued = false

  constructor(house: House, client: string, buffer: DmaBuf, options: ProbeOptions = {}) {
    this.#house = house
    this.#device = house.device(client)
    this.#buffer = buffer
    this.#options = { manner: 'inline', peer2peer: true, isStatic: false, remap: false, ...options }
  }

  get attachment(): Attachment {
    if (this.#attachment === undefined) throw new Error('not attached')
    return this.#attachment
  }

  get mapped(): boolean {
    return this.attachment.table !== null
  }

  get invalidations(): number {
    return this.events.filter((event) => event.startsWith('invalidate')).length
  }

  map(): SgTable {
    return this.#house.call(() => this.mapOp())
  }

  unmap(): void {
    this.#house.call(() => this.locked(() => this.#unmap()))
  }

  detach(): void {
    this.#house.call(() => this.detachOp())
  }

  /** Let the device write through a table that it was given, whether or not it still has it. */
  write(table: SgTable): void {
    this.#house.call(() => this.writeOp(table))
  }

  *attachOp(): Op<void> {
    this.#attachment = yield* this.#buffer.attach(this.#device, this.#ops())
    this.#buffer.get()
  }

  *mapOp(direction: Direction = 'bidirectional'): Op<SgTable> {
    return yield* this.locked(() => this.#map(direction))
  }

  *unmapOp(): Op<void> {
    yield* this.locked(() => this.#unmap())
  }

  *detachOp(): Op<void> {
    yield* this.unmapOp()
    yield* this.#buffer.detach(this.attachment)
    this.#attachment = undefined
    this.#buffer.put()
  }

  *writeOp(table: SgTable): Op<void> {
    for (const { address, length } of table.entries) {
      yield* this.#house.hardware.dma({
        from: this.#device,
        access: 'write',
        at: address,
        length,
        mapping: table.mapping,
        data: Uint8Array.of(1),
      })
    }
  }

  *locked<T>(body: () => Op<T>): Op<T> {
    yield* this.#buffer.resv.lock.lock()
    try {
      return yield* body()
    } finally {
      this.#buffer.resv.lock.unlock()
    }
  }

  #ops(): AttachOps | undefined {
    const { isStatic, manner, peer2peer } = this.#options
    if (isStatic) return undefined
    if (manner === 'none') return { peer2peer }
    return { peer2peer, invalidate: (attachment) => this.#invalidated(attachment) }
  }

  *#invalidated(attachment: Attachment): Op<void> {
    this.#attachment ??= attachment
    this.events.push(this.mapped ? 'invalidate-mapped' : 'invalidate-unmapped')
    if (this.#options.manner === 'inline') yield* this.#letGo('inline')
    if (this.#options.manner !== 'worker' || this.#workerQueued) return
    this.#workerQueued = true
    this.#house.kernel.spawn('worker', () => this.#later())
  }

  *#later(): Op<void> {
    yield* sleep(WORKER_TICKS)
    this.#workerQueued = false
    if (this.#attachment === undefined) return
    yield* this.locked(() => {
      this.events.push('worker-unmap')
      return this.#letGo('worker')
    })
  }

  *#letGo(place: 'inline' | 'worker'): Op<void> {
    yield* this.#unmap()
    if (!this.#options.remap) return
    try {
      yield* this.attachment.map(this.#direction)
      this.events.push(`${place}-remap-ok`)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      this.events.push(`${place}-remap-failed`)
    }
  }

  *#map(direction: Direction): Op<SgTable> {
    try {
      const table = yield* this.attachment.map(direction)
      this.#direction = direction
      this.events.push('mapped')
      return table
    } catch (error) {
      if (error instanceof KernelError) this.events.push('map-failed')
      throw error
    }
  }

  *#unmap(): Op<void> {
    const { table } = this.attachment
    if (table === null) return
    yield* this.attachment.unmap(table, this.#direction)
    this.events.push('unmapped')
  }
}
