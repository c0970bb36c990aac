/** What a process has of a NIC: pieces of its MMIO, and the buffers that it lent of them (`ib_uverbs_file`). */
import { type Device, KernelError, type Op, type RwSem } from '@barter/core'
import { type EntryPlace, type MmapEntry, placeEntry } from './mmap-entry.ts'
import type { UverbsServices } from './services.ts'
import { takeBack } from './uverbs-buffer.ts'

export class UverbsContext {
  readonly device: Device
  /** Calls hold it for reading, who takes the context apart for writing; always taken first (`hw_destroy_rwsem`). */
  readonly hardware: RwSem
  readonly #services: UverbsServices
  /** Pieces of all contexts of the NIC. */
  readonly #taken: () => readonly EntryPlace[]
  readonly #entries: MmapEntry[] = []
  #destroyed = false

  constructor(services: UverbsServices, device: Device, taken: () => readonly EntryPlace[]) {
    this.device = device
    this.#services = services
    this.#taken = taken
    this.hardware = services.kernel.rwsem(`uverbs(${device.name}#${services.nextContext()})`)
  }

  /** Oldest first. */
  get entries(): readonly MmapEntry[] {
    return this.#entries
  }

  /** A call of the process. **Locks** holds `hardware` for reading. **Errors** EIO once the driver has left the NIC. */
  *call<T>(what: string, work: () => Op<T>): Op<T> {
    yield* this.hardware.downRead()
    try {
      if (this.#destroyed) throw new KernelError('EIO', 'RDMA-18', `${what}: the driver has left ${this.device.name}`)
      return yield* work()
    } finally {
      this.hardware.upRead()
    }
  }

  /** **Locks** within `call`. **Errors** those of `placeEntry`. */
  allocate(place: EntryPlace): MmapEntry {
    const { kernel, facts } = this.#services
    const entry = placeEntry(kernel, this.device, place, facts.pageSize, this.#taken())
    this.#entries.push(entry)
    return entry
  }

  /** **Locks** within `call`. **Errors** ENOENT when the process has nothing there. */
  *free(bar: number, offset: number): Op<void> {
    const entry = this.#entries.find(({ place }) => place.bar === bar && place.offset === offset)
    if (entry === undefined) throw new KernelError('ENOENT', 'RDMA-18', `nothing of BAR ${bar} begins at ${offset}`)
    yield* this.#remove(entry, 'the process gave its pages back')
  }

  /**
   * Take everything from the process, newest first. Nothing happens the second time. **Locks** takes `hardware` for
   * writing, so calls under way end first and releases come afterwards (BUG-13). Waits for importers without limit.
   */
  *destroy(why: string): Op<void> {
    yield* this.hardware.downWrite()
    this.#destroyed = true
    for (const entry of this.#entries.toReversed()) yield* this.#remove(entry, why)
    this.hardware.upWrite()
  }

  /** `rdma_user_mmap_entry_remove()`. **Locks** takes the entry's. */
  *#remove(entry: MmapEntry, why: string): Op<void> {
    yield* entry.lock.lock()
    entry.removed = true
    for (const buffer of [...entry.buffers]) yield* takeBack(buffer, why)
    entry.lock.unlock()
    const at = this.#entries.indexOf(entry)
    if (at >= 0) this.#entries.splice(at, 1)
  }
}
