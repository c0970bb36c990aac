/** The default domain of a group under the DMA API: a translation domain and the IOVA space in front of it. */
import { ADDRESS_LIMIT, type Device, hex, type Kernel } from '@barter/core'
import type { Domain } from './domain.ts'
import { FlushQueue } from './flush-queue.ts'
import { IovaAllocator } from './iova-allocator.ts'
import type { Region } from './reserved-regions.ts'

/** Highest IOVA of the hardware: four levels of tables. */
export const APERTURE = 2 ** 48
const SPAN_32 = 2 ** 32

export interface DmaDomainFacts {
  readonly domain: Domain
  /** Bytes. */
  readonly granule: number
  readonly reserved: readonly Region[]
}

export class DmaDomain {
  readonly domain: Domain
  readonly granule: number
  readonly queue: FlushQueue
  readonly #allocator: IovaAllocator
  /** Devices for which the 32-bit space was found full once; they are not offered it again. */
  readonly #beyond32 = new Set<Device>()

  constructor(kernel: Kernel, facts: DmaDomainFacts) {
    this.domain = facts.domain
    this.granule = facts.granule
    this.#allocator = new IovaAllocator(facts.granule)
    for (const { start, length } of facts.reserved) {
      this.#allocator.reserve(start, Math.min(length, ADDRESS_LIMIT - start))
    }
    this.queue = new FlushQueue(kernel, facts.domain, (at) => {
      this.free(at)
    })
  }

  /** A free range for the device: the 32-bit space first (DMA-6). **Units** bytes. **Shape** `undefined`: none. */
  allocate(device: Device, size: number): number | undefined {
    this.domain.table.shared.write()
    const limit = Math.min(2 ** device.dmaMaskBits, APERTURE)
    if (limit > SPAN_32 && !this.#beyond32.has(device)) {
      const low = this.#allocator.allocate(size, SPAN_32)
      if (low !== undefined) return low
      this.#beyond32.add(device)
    }
    return this.#allocator.allocate(size, limit)
  }

  free(at: number): void {
    this.domain.table.shared.write()
    if (!this.#allocator.free(at)) throw new RangeError(`IOVA ${hex(at)} of ${this.domain.name} is given back twice`)
  }

  /** What is not given back yet, for the end of a run: ranges, and bytes of translations (INV-28). */
  get leftovers(): { readonly ranges: readonly number[]; readonly mapped: number } {
    return { ranges: this.#allocator.inUse, mapped: this.domain.table.mapped }
  }
}
