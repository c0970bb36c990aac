/** A VFIO container with type1 in it: one address space for the groups in it, filled by user space. */
import {
  advance,
  type ContainerKind,
  type CpuMapping,
  type Device,
  type GroupOwners,
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
  type Part,
  type PhysRange,
  SharedCount,
  type Topology,
  type VfioContainer,
} from '@barter/core'
import type { MapRequest } from './options.ts'
import { pageFrames } from './page-frames.ts'

/** One `MAP_DMA`. All that it knows of the source are addresses (T1-2). */
export interface Entry {
  readonly iova: number
  readonly length: number
  readonly frames: readonly PhysRange[]
}

export interface ContainerParts {
  readonly kernel: Kernel
  readonly topology: Topology
  /** `undefined`: nobody plays the IOMMU, so groups are owned and nothing is mapped. */
  readonly domains: IommuDomains | undefined
  readonly owners: GroupOwners
}

export class Container implements VfioContainer {
  readonly type = 'container'
  readonly name: string
  readonly kind: ContainerKind
  readonly #parts: ContainerParts
  #domain: IommuDomain | undefined
  /** Taken before any lock of a mapping or of its driver. */
  readonly #lock: Lock
  readonly #part: Part | undefined
  /** Whose groups are in it: because a device was opened in it, or something is mapped for it. */
  readonly #opened = new Set<Device>()
  readonly #devices = new Set<Device>()
  readonly #entries = new Set<Entry>()
  /** Its descriptor, and files of devices in it. */
  readonly #references: SharedCount

  constructor(parts: ContainerParts, name: string, kind: ContainerKind = 'type1') {
    this.name = name
    this.kind = kind
    this.#parts = parts
    this.#lock = parts.kernel.lock(`container(${name})`)
    this.#part = parts.kernel.part('containers')
    this.#references = new SharedCount(parts.kernel, 'references to a container', 1)
  }

  /** A device is opened in it. **Errors** EPERM when somebody else owns its group (VFIO-63). */
  *join(device: Device): Op<void> {
    yield* this.#locked(() => this.#joinOpened(device))
  }

  *leave(device: Device): Op<void> {
    yield* this.#locked(() => this.#leave(device))
  }

  hold(): void {
    this.#references.add()
  }

  /** The end of it: what is mapped goes, and every group is given back (T1-5). */
  drop(): Op<void> {
    return this.#parts.kernel.inside(this.#part, this.#drop())
  }

  close(): Op<void> {
    return this.drop()
  }

  /**
   * **Locks** takes its own, and holds it while pages are looked up.
   * **Errors** ENOTTY in a container of devices without IOMMU; EINVAL for what is not in whole pages; EEXIST where something is mapped; those of the lookup. Nothing stays
   * mapped then. **Source** T1-1, T1-2. **Not modelled** the attribute CACHE of the entries, and the limit of their number.
   */
  *map(device: Device, mapping: CpuMapping, request: MapRequest): Op<Entry> {
    if (this.kind === 'noiommu') throw new KernelError('ENOTTY', 'VFIO-63', `nothing is mapped in ${this.name}`)
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

  *#drop(): Op<void> {
    if (this.#references.drop()) yield* this.#underLock(() => this.#end())
  }

  *#map(device: Device, mapping: CpuMapping, request: MapRequest): Op<Entry> {
    for (const old of this.#entries) {
      if (!overlaps(old.iova, old.length, request.iova, request.length)) continue
      throw new KernelError('EEXIST', 'T1-1', `${hex(request.iova)} is in use in container ${this.name}`)
    }
    const domain = this.#own()
    yield* this.#join(device)
    const frames: PhysRange[] = []
    let done = 0
    try {
      while (done < request.length) {
        const left = request.length - done
        const writing = request.direction !== 'to-device'
        const run = yield* pageFrames(this.#parts.topology, mapping, request.offset + done, left, writing)
        yield* domain.map(advance(iova(request.iova), done), run, request.direction)
        frames.push(run)
        done += run.length
      }
    } catch (error) {
      if (done > 0) yield* domain.unmap(iova(request.iova), done)
      yield* this.#leaveIfEmpty()
      throw error
    }
    const entry = { iova: request.iova, length: request.length, frames }
    this.#entries.add(entry)
    return entry
  }

  *#unmap(entry: Entry): Op<void> {
    if (!this.#entries.delete(entry)) return
    yield* this.#own().unmap(iova(entry.iova), entry.length)
    yield* this.#leaveIfEmpty()
  }

  *#joinOpened(device: Device): Op<void> {
    yield* this.#join(device)
    this.#opened.add(device)
  }

  *#join(device: Device): Op<void> {
    if (this.#devices.has(device)) return
    const { owners, domains } = this.#parts
    const isNew = owners.ownerOf(device) === undefined
    owners.claim(device, this)
    this.#devices.add(device)
    if (isNew && this.kind === 'type1' && domains !== undefined) yield* domains.attach(device, this.#own(domains))
  }

  /** With the last device of a group the kernel's domain is back, and then only may another own it. */
  *#leave(device: Device): Op<void> {
    this.#opened.delete(device)
    if (!this.#devices.delete(device)) return
    const { owners, domains } = this.#parts
    if (owners.isLast(device) && this.kind === 'type1' && domains !== undefined) yield* domains.detach(device)
    owners.release(device)
  }

  /** With nothing left in it, groups that are in it for what was mapped go back to the kernel. */
  *#leaveIfEmpty(): Op<void> {
    if (this.#entries.size > 0) return
    for (const device of [...this.#devices]) if (!this.#opened.has(device)) yield* this.#leave(device)
  }

  *#end(): Op<void> {
    for (const entry of [...this.#entries]) yield* this.#unmap(entry)
    this.#opened.clear()
    for (const device of [...this.#devices]) yield* this.#leave(device)
  }

  /** **Errors** ENODEV when the machine has no IOMMU. */
  #own(domains = this.#parts.domains): IommuDomain {
    if (domains === undefined) throw new KernelError('ENODEV', 'T1-1', `no IOMMU translates for ${this.name}`)
    this.#domain ??= domains.create(`container ${this.name}`)
    return this.#domain
  }

  /** As code of the containers, whose state all devices in them share. */
  #locked<T>(work: () => Op<T>): Op<T> {
    return this.#parts.kernel.inside(this.#part, this.#underLock(work))
  }

  *#underLock<T>(work: () => Op<T>): Op<T> {
    yield* this.#lock.lock()
    try {
      return yield* work()
    } finally {
      this.#lock.unlock()
    }
  }
}
