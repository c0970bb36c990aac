/** What user space maps of a device file: checks, faults, and the zap that takes it all away (MM-1 to MM-10). */
import {
  advance,
  alignDown,
  alignUp,
  contains,
  CpuMapping,
  hashOfText,
  isAligned,
  KernelError,
  type Lock,
  type MappedRun,
  mixA,
  type MmapRequest,
  numbering,
  type Op,
  type PhysAddr,
  point,
  type Shared,
  SignalError,
} from '@barter/core'
import { barLength, barOf } from './bar-claims.ts'
import { BAR_REGIONS, isMappable } from './region-info.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

/** How far regions of a device file lie apart in it: the region's index is the offset above this bit. */
const REGION_SPAN = 2 ** 40
/** A page table is one page of such entries. */
const ENTRY_BYTES = 8

/** The mappings of one device, of all processes that have it open. */
export class CpuMemory {
  readonly #vdev: VfioDevice
  /** Of the device file's address space: who links and unlinks against who walks (VFIO-40). */
  readonly #walk: Lock
  /** In the order in which they were made. */
  readonly #mappings: CpuMapping[] = []
  readonly #nextNumber: () => number
  /** For explorers: the list, and one word for it. */
  readonly #list: Shared
  #word = 0

  constructor(vdev: VfioDevice) {
    this.#vdev = vdev
    const { kernel } = vdev.services
    this.#walk = kernel.lock(`i_mmap(${vdev.device.name})`)
    this.#list = kernel.shared('mappings of a device')
    this.#nextNumber = numbering(kernel, 'mappings of a device')
  }

  /** For the check at the end of a run. */
  get mappings(): readonly CpuMapping[] {
    return this.#mappings
  }

  /**
   * Map a piece of a BAR; nothing is put in, and nobody asks whether memory is enabled.
   *
   * **Locks** none held. **Errors** in order (MM-1): EINVAL for an unaligned offset or no length, for a region that is no
   * BAR, a private mapping, a BAR that cannot be mapped (MM-2), an end behind the BAR's last page; then the errno with
   * which the BAR was claimed (VFIO-15).
   */
  *map(open: OpenState, request: MmapRequest): Op<CpuMapping> {
    const { device, services } = this.#vdev
    const { pageSize } = services.facts
    if (request.length <= 0 || !isAligned(request.offset, pageSize)) throw invalid('the offset or the length is none')
    const region = request.region + Math.floor(request.offset / REGION_SPAN)
    const start = request.offset % REGION_SPAN
    const length = alignUp(request.length, pageSize)
    if (request.shared === false) throw invalid('the mapping is to be private')
    const range = this.#rangeOf(open, region, start + length)
    const mapping = new CpuMapping(services, {
      name: `${device.name}.bar${region}.map${this.#nextNumber()}`,
      device,
      length,
      writable: request.writable !== false,
      pageSize,
      ops: {
        fault: (faulting, offset) => this.#fault(faulting, advance(range, start), offset),
        unmapped: (gone) => this.#unlink(gone),
      },
    })
    yield* this.#walk.lock()
    this.#list.readValue(this.#word)
    this.#mappings.push(mapping)
    this.#changed()
    this.#walk.unlock()
    return mapping
  }

  /** **Locks** `memory_lock` held for writing, so whoever faults waits there until it is free again (MM-9). */
  *zap(): Op<void> {
    this.#vdev.memoryLock.assertHeldWrite()
    yield* this.#walk.lock()
    this.#list.readValue(this.#word)
    for (const mapping of this.#mappings) yield* mapping.zap()
    this.#walk.unlock()
  }

  /** **Locks** takes `memory_lock` for reading. **Errors** SIGBUS in low power and while memory is disabled (MM-6). */
  *#fault(mapping: CpuMapping, at: PhysAddr, offset: number): Op<void> {
    const { device, memoryLock, power, services } = this.#vdev
    yield* point(`fault in ${mapping.name}`)
    yield* refusedBySignal(services.variant.waitUnlocked?.(this.#vdev))
    yield* memoryLock.downRead()
    try {
      yield* refusedBySignal(services.variant.waitUntilReady?.(this.#vdev))
      if (power.engaged) throw new SignalError('SIGBUS', 'MM-6', `${device.name} is in low power`)
      if (!this.#vdev.memoryEnabled) throw new SignalError('SIGBUS', 'MM-6', `memory of ${device.name} is disabled`)
      mapping.install(runAt(mapping, at, offset))
    } finally {
      memoryLock.upRead()
    }
  }

  /** Where a region begins. **Errors** of MM-1 and VFIO-15, in order. */
  #rangeOf(open: OpenState, region: number, end: number): PhysAddr {
    const { device, services } = this.#vdev
    const fake = services.variant.fakeRegion?.(this.#vdev, region)
    if (fake !== undefined) {
      if (end > fake.length) throw invalid(`the memory behind region ${region} is not that long`)
      return fake.start
    }
    const bar = region < BAR_REGIONS ? barOf(device, region) : undefined
    if (bar === undefined || !isMappable(this.#vdev, bar)) throw invalid(`region ${region} cannot be mapped`)
    if (end > alignUp(barLength(device, bar), services.facts.pageSize)) throw invalid(`BAR ${region} is not that long`)
    const error = open.claims.error(region)
    if (error !== undefined) throw new KernelError(error, 'VFIO-15', `BAR ${region} of ${device.name} is not owned`)
    return bar.start
  }

  *#unlink(mapping: CpuMapping): Op<void> {
    yield* this.#walk.lock()
    this.#list.readValue(this.#word)
    const at = this.#mappings.indexOf(mapping)
    if (at >= 0) this.#mappings.splice(at, 1)
    this.#changed()
    this.#walk.unlock()
  }

  #changed(): void {
    this.#word = this.#mappings.reduce((word, { name }) => mixA(word, hashOfText(name)), this.#mappings.length)
    this.#list.writeValue(this.#word)
  }
}

/** A device that does not get ready is no errno to a fault. */
function* refusedBySignal(wait: Op<void> | undefined): Op<void> {
  if (wait === undefined) return
  try {
    yield* wait
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    throw new SignalError('SIGBUS', error.rule, error.message)
  }
}

/**
 * The largest entry that fits: aligned in the address space and in memory, and wholly inside the mapping (MM-5).
 * **Shape** `at`: where the mapping begins. The kernel chooses virtual addresses that are aligned as physical ones are.
 */
function runAt(mapping: CpuMapping, at: PhysAddr, offset: number): MappedRun {
  for (const length of largeRuns(mapping.pageSize)) {
    const first = alignDown(at + offset, length) - at
    if (contains(0, mapping.length, first, length)) return { offset: first, length, at: advance(at, first) }
  }
  const first = alignDown(offset, mapping.pageSize)
  return { offset: first, length: mapping.pageSize, at: advance(at, first) }
}

/** What one entry of the upper levels covers: 1 GiB and 2 MiB with pages of 4 KiB. **Units** bytes. */
function largeRuns(pageSize: number): readonly number[] {
  const middle = (pageSize * pageSize) / ENTRY_BYTES
  return [(middle * pageSize) / ENTRY_BYTES, middle]
}

const invalid = (problem: string): KernelError => new KernelError('EINVAL', 'MM-1', problem)
