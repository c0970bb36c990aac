/**
 * The DMA engines of devices that the probe acts for: each has a buffer, fills it from an address and empties it there.
 * An engine believes the addresses it was given, also when the mapping is gone: whether anybody answers is the fabric's
 * and the IOMMU's matter (INV-1).
 */
import { type Bdf, type Bus, type Device, type Op, setMaster, type SgTable } from '@barter/core'
import { moveData } from './move-data.ts'

const NOTHING_CAME = 0xff

export interface Place {
  readonly table: SgTable
  /** Bytes from the start of the mapping. */
  readonly offset: number
  readonly length: number
}

export class Engines {
  readonly #bus: Bus
  readonly #buffers = new Map<Bdf, Uint8Array>()

  constructor(bus: Bus) {
    this.#bus = bus
  }

  /** Fill the buffer. Gives whether all of it came; where nothing answers it is all ones. */
  *read(device: Device, { table, offset, length }: Place): Op<boolean> {
    setMaster(device, true)
    const { ok, data } = yield* moveData(this.#bus, device, table, { access: 'read', offset, length })
    this.#buffers.set(device.bdf, ok && data !== undefined ? data : new Uint8Array(length).fill(NOTHING_CAME))
    return ok
  }

  /** Send the buffer out, as often as it takes to fill `length`. Gives whether all of it arrived. */
  *write(device: Device, { table, offset, length }: Place): Op<boolean> {
    setMaster(device, true)
    const data = this.#buffers.get(device.bdf) ?? new Uint8Array(length)
    const { ok } = yield* moveData(this.#bus, device, table, { access: 'write', offset, length, data })
    return ok
  }
}
