/** A dma-buf of RAM, as the udmabuf driver makes it of a memfd: an exporter that has no BAR and is never revoked. */
import type { Direction, SgTable } from './sg-table.ts'
import { DmaBuf, type DmaBufServices } from './dmabuf.ts'
import { miscDevice } from './misc-device.ts'
import type { DmaApi } from './platform.ts'
import type { ProcessMemory } from './process-memory.ts'
import { WHOLE_PAGES } from './sg-chunk.ts'
import { advance, type PhysAddr } from './address.ts'
import type { Device } from './device.ts'
import { done, type Op } from './op.ts'
import type { Witness } from './witness.ts'

export interface UdmabufServices extends DmaBufServices {
  readonly dma: DmaApi
  readonly witness: Witness
  /** CPU page size in bytes. */
  readonly pageSize: number
}

/** **Shape** the caller owns the one reference. It offers no private interconnect (IFD-4). **Not modelled** its list of pages. */
export function udmabuf(services: UdmabufServices, name: string, { start, length }: ProcessMemory): DmaBuf {
  const owner = miscDevice('udmabuf', services.kernel)
  return new DmaBuf(services, {
    name,
    exporter: 'udmabuf',
    size: length,
    ops: {
      map: ({ device }, direction) => mapMemory(services, { name, owner, start, length }, device, direction),
      unmap: ({ device }, table, direction) => unmapMemory(services, length, device, table, direction),
      // The memfd keeps its pages.
      release: () => done(undefined),
    },
  })
}

interface Lent {
  readonly name: string
  readonly owner: Device
  readonly start: PhysAddr
  readonly length: number
}

function* mapMemory(
  { dma, witness, pageSize }: UdmabufServices,
  { name, owner, start, length }: Lent,
  device: Device,
  direction: Direction,
): Op<SgTable> {
  const at = yield* dma.mapPhys(device, { start, length }, direction)
  const longest = WHOLE_PAGES.longest(pageSize)
  const entries = Array.from({ length: Math.ceil(length / longest) }, (_, i) => {
    const offset = WHOLE_PAGES.offset(i, longest)
    return { address: advance(at, offset), length: Math.min(longest, length - offset) }
  })
  const mapType = 'thru-host-bridge'
  const target = [{ bar: 'memory', offset: start, length }] as const
  const mapping = witness.mapped({ buffer: name, importer: device, owner, mapType, entries, target })
  const addressKind = dma.backend(device) === 'direct' ? 'phys' : 'iova'
  return { entries, origNents: entries.length, mapType, addressKind, mapping }
}

function* unmapMemory(
  { dma, witness }: UdmabufServices,
  length: number,
  device: Device,
  { entries, mapping }: SgTable,
  direction: Direction,
): Op<void> {
  const [first] = entries
  if (first !== undefined) yield* dma.unmapPhys(device, first.address, length, direction)
  witness.unmapped(mapping)
}
