/** What an area shows: memory of a process, a file, or a lent BAR. Shared by areas that were copied, and counted. */
import { iova, KernelError, type Lock, type Op, type PhysRange } from '@barter/core'
import type { Area, TableDomain } from './area.ts'
import { directionOf } from './rights.ts'
import type { IommufdServices } from './services.ts'

export type PagesType = 'user' | 'file' | 'dmabuf'

export abstract class Pages {
  abstract readonly type: PagesType
  /** Bytes from the start of the source, a page multiple. */
  readonly base: bigint
  /** Its first user could write. */
  readonly writable: boolean
  /** Guards which domains hold what (IFD-7). Taken inside a reservation, and no lock of ours inside it (IFD-13). */
  readonly lock: Lock
  protected readonly services: IommufdServices
  #references = 1

  constructor(services: IommufdServices, name: string, base: bigint, writable: boolean) {
    this.services = services
    this.base = base
    this.writable = writable
    this.lock = services.kernel.lock(`pages(${name})`)
  }

  get(): this {
    this.#references++
    return this
  }

  /** **Locks** no lock is held that comes behind a reservation. */
  *put(): Op<void> {
    if (--this.#references === 0) yield* this.release()
  }

  /** Physical memory of a piece, kept in place. **Errors** EFAULT and the like when there are no pages to pin. */
  abstract physical(startByte: bigint, length: bigint): Op<PhysRange>

  /** Put an area into a domain. **Locks** takes that of the pages. **Errors** those of pinning and of the domain. */
  *fill(area: Area, domain: TableDomain): Op<void> {
    yield* this.lock.lock()
    try {
      const range = yield* this.physical(area.startByte, area.length)
      yield* domain.iommu?.map(iova(Number(area.iova)), range, directionOf(area.rights)) ?? nothing()
    } finally {
      this.lock.unlock()
    }
  }

  /** **Locks** takes that of the pages. */
  *unfill(area: Area, domain: TableDomain): Op<void> {
    yield* this.lock.lock()
    yield* domain.iommu?.unmap(iova(Number(area.iova)), Number(area.length)) ?? nothing()
    this.lock.unlock()
  }

  /** Domains that an area is tracked for (IFD-7). **Shape** `undefined` for pages that need no tracking. */
  trackedFor(_area: Area): readonly TableDomain[] | undefined {
    return undefined
  }

  /** The last area is gone. */
  protected abstract release(): Op<void>
}

export function* nothing(): Op<void> {
  // A table of software has no hardware behind it.
}

/** Memory of a process, named by its address there or by a file. Pinned when it is first needed. */
export class MemoryPages extends Pages {
  readonly type: 'user' | 'file'
  readonly #pin: (offset: number, length: number) => Op<PhysRange>

  constructor(
    services: IommufdServices,
    type: 'user' | 'file',
    name: string,
    {
      base,
      writable,
      pin,
    }: { base: bigint; writable: boolean; pin: (offset: number, length: number) => Op<PhysRange> },
  ) {
    super(services, name, base, writable)
    this.type = type
    this.#pin = pin
  }

  *physical(startByte: bigint, length: bigint): Op<PhysRange> {
    const offset = this.base + startByte
    // No memory is as large as that.
    if (offset + length > 2n ** 52n) throw new KernelError('EFAULT', 'T1-7', 'there are no pages so far out')
    return yield* this.#pin(Number(offset), Number(length))
  }

  protected *release(): Op<void> {
    // Pages stay where they are, and their owner counts them.
  }
}
