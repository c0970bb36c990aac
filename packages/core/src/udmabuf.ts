/** A dma-buf of RAM, as the udmabuf driver makes it of a memfd: an exporter that has no BAR and is never revoked. */
import type { Direction } from './sg-table.ts'
import { DmaBuf, type DmaBufServices } from './dmabuf.ts'
import { miscDevice } from './misc-device.ts'
import type { DmaApi } from './platform.ts'
import type { ProcessMemory } from './process-memory.ts'
import { WHOLE_PAGES } from './sg-chunk.ts'
import { advance } from './address.ts'
import type { Witness } from './witness.ts'

export interface UdmabufServices extends DmaBufServices {
  readonly dma: DmaApi
  readonly witness: Witness
  /** CPU page size in bytes. */
  readonly pageSize: number
}

/** **Shape** the caller owns the one reference. It offers no private interconnect (IFD-4). **Not modelled** its list of pages. */
export function udmabuf(services: UdmabufServices, name: string, { start, length }: ProcessMemory): DmaBuf {
  const { dma, witness, kernel, pageSize } = services
  const owner = miscDevice('udmabuf', kernel)
  return new DmaBuf(services, {
    name,
    exporter: 'udmabuf',
    size: length,
    ops: {
      *map({ device }, direction: Direction) {
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
      },
      *unmap({ device }, { entries, mapping }, direction) {
        const [first] = entries
        if (first !== undefined) yield* dma.unmapPhys(device, first.address, length, direction)
        witness.unmapped(mapping)
      },
      *release() {
        // The memfd keeps its pages.
      },
    },
  })
}
