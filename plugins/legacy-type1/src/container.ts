/** A type1 container: one address space for its devices, filled by user space. */
import {
  advance,
  type CpuMapping,
  type Device,
  hex,
  type IommuDomain,
  type IommuDomains,
  iova,
  isAligned,
  type Kernel,
  KernelError,
  type Lock,
  type Op,
  overlaps,
  type PhysRange,
  type Topology,
} from '@barter/core'
import type { MapRequest } from './options.ts'
import { pageFrames } from './page-frames.ts'

/** One `MAP_DMA`. All that it knows of the source are addresses (T1-2). */
export interface Entry {
  readonly iova: number
  readonly length: number
  readonly frames: readonly PhysRange[]
}

export class Container {
  readonly name: string
  readonly #topology: Topology
  readonly #domains: IommuDomains
  readonly #domain: IommuDomain
  /** Taken before any lock of a mapping or of its driver. */
  readonly #lock: Lock
  readonly #devices = new Set<Device>()
  readonly #entries = new Set<Entry>()

  /** **Errors** ENODEV when the machine runs without an IOMMU. */
  constructor(kernel: Kernel, topology: Topology, domains: IommuDomains, name: string) {
    this.name = name
    this.#topology = topology
    this.#domains = domains
    this.#domain = domains.create(`container ${name}`)
    this.#lock = kernel.lock(`container(${name})`)
  }

  /**
   * **Locks** takes its own, and holds it while pages are looked up.
   * **Errors** EINVAL for what is not in whole pages; EEXIST where something is mapped; those of the lookup. Nothing stays
   * mapped then. **Source** T1-1, T1-2. **Not modelled** the attribute CACHE of the entries, and the limit of their number.
   */
  *map(device: Device, mapping: CpuMapping, request: MapRequest): Op<Entry> {
    const { iova: at, length, offset } = request
    if (length <= 0 || ![at, length, offset].every((value) => isAligned(value, mapping.pageSize))) {
      throw new KernelError('EINVAL', 'T1-1', `${length} bytes at ${hex(at)} are not whole pages`)
    }
    return yield* this.#locked(() => this.#map(device, mapping, request))
  }

  /** `UNMAP_DMA`: the only way out, but for the end of the container (T1-5). */
  *unmap(entry: Entry): Op<void> {
    yield* this.#locked(() => this.#unmap(entry))
  }

  *#map(device: Device, mapping: CpuMapping, request: MapRequest): Op<Entry> {
    for (const old of this.#entries) {
      if (!overlaps(old.iova, old.length, request.iova, request.length)) continue
      throw new KernelError('EEXIST', 'T1-1', `${hex(request.iova)} is in use in container ${this.name}`)
    }
    yield* this.#join(device)
    const frames: PhysRange[] = []
    let done = 0
    try {
      while (done < request.length) {
        const left = request.length - done
        const writing = request.direction !== 'to-device'
        const run = yield* pageFrames(this.#topology, mapping, request.offset + done, left, writing)
        yield* this.#domain.map(advance(iova(request.iova), done), run, request.direction)
        frames.push(run)
        done += run.length
      }
    } catch (error) {
      if (done > 0) yield* this.#domain.unmap(iova(request.iova), done)
      yield* this.#leaveIfEmpty()
      throw error
    }
    const entry = { iova: request.iova, length: request.length, frames }
    this.#entries.add(entry)
    return entry
  }

  *#unmap(entry: Entry): Op<void> {
    if (!this.#entries.delete(entry)) return
    yield* this.#domain.unmap(iova(entry.iova), entry.length)
    yield* this.#leaveIfEmpty()
  }

  *#join(device: Device): Op<void> {
    if (this.#devices.has(device)) return
    yield* this.#domains.attach(device, this.#domain)
    this.#devices.add(device)
  }

  /** With nothing left in it the groups go back to the kernel. */
  *#leaveIfEmpty(): Op<void> {
    if (this.#entries.size > 0) return
    for (const device of this.#devices) yield* this.#domains.detach(device)
    this.#devices.clear()
  }

  *#locked<T>(work: () => Op<T>): Op<T> {
    yield* this.#lock.lock()
    try {
      return yield* work()
    } finally {
      this.#lock.unlock()
    }
  }
}
