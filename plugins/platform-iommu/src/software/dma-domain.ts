/** The default domain of a group under the DMA API: a translation domain and the IOVA space in front of it. */
import { addWords, ADDRESS_LIMIT, type Device, hashOfText, hex, type Kernel, mixA, type Shared } from '@barter/core'
import type { Domain } from './domain.ts'
import { FlushQueue } from './flush-queue.ts'
import { IovaAllocator } from './iova-allocator.ts'
import type { Region } from './reserved-regions.ts'

/** Highest IOVA of the hardware: four levels of tables. */
export const APERTURE = 2 ** 48
const SPAN_32 = 2 ** 32

export interface DmaDomainFacts {
  /** Whose it is: a device, or a group of several. */
  readonly of: { readonly name: string }
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
  /** For explorers: which ranges are in use, and one word for them. */
  readonly #shared: Shared
  #word = 0
  readonly #words = new Map<number, number>()

  constructor(kernel: Kernel, facts: DmaDomainFacts) {
    this.domain = facts.domain
    this.granule = facts.granule
    this.#shared = kernel.shared('addresses of a domain', facts.of)
    this.#allocator = new IovaAllocator(facts.granule)
    for (const { start, length } of facts.reserved) {
      this.#allocator.reserve(start, Math.min(length, ADDRESS_LIMIT - start))
    }
    this.queue = new FlushQueue(kernel, facts, (at) => {
      this.free(at)
    })
  }

  /** For explorers: somebody needs it, and finds it made. */
  isThere(): void {
    this.#shared.heed()
  }

  /** A free range for the device: the 32-bit space first (DMA-6). **Units** bytes. **Shape** `undefined`: none. */
  allocate(device: Device, size: number): number | undefined {
    const at = this.#allocate(device, size)
    this.#shared.readValue(at ?? 0)
    if (at === undefined) return undefined
    const word = mixA(hashOfText(`${at}`), size)
    this.#words.set(at, word)
    this.#change(word)
    return at
  }

  #allocate(device: Device, size: number): number | undefined {
    const limit = Math.min(2 ** device.dmaMaskBits, APERTURE)
    if (limit > SPAN_32 && !this.#beyond32.has(device)) {
      const low = this.#allocator.allocate(size, SPAN_32)
      if (low !== undefined) return low
      this.#beyond32.add(device)
      this.#word = mixA(this.#word, this.#beyond32.size)
    }
    return this.#allocator.allocate(size, limit)
  }

  #change(by: number): void {
    this.#word = addWords(this.#word, by)
    this.#shared.writeValue(this.#word)
  }

  free(at: number): void {
    if (!this.#allocator.free(at)) throw new RangeError(`IOVA ${hex(at)} of ${this.domain.name} is given back twice`)
    this.#change(-(this.#words.get(at) ?? 0))
    this.#words.delete(at)
  }

  /** What is not given back yet, for the end of a run: ranges, and bytes of translations (INV-28). */
  get leftovers(): { readonly ranges: readonly number[]; readonly mapped: number } {
    return { ranges: this.#allocator.inUse, mapped: this.domain.table.mapped }
  }
}
