/** A dma-buf memory region that stays mapped: of mlx5 in data-direct mode (RDMA-10), and of irdma (RDMA-7). */
import {
  type AccessRequest,
  type AccessResult,
  type AttachOps,
  type Bus,
  type Device,
  type DmaBuf,
  type Errno,
  type Import,
  type Kernel,
  KernelError,
  type Op,
  point,
  type StepValue,
  type Trace,
} from '@barter/core'
import type { KeySpace, MemoryKey, TranslationTable } from './memory-key.ts'
import { bestPageSize } from './page-size.ts'
import { PinnedUmem, type RevokeStep } from './pinned-umem.ts'
import type { RegionOptions } from './region-options.ts'
import { RegionQueue } from './region-queue.ts'
import { UmemDmabuf, windowOf } from './umem-dmabuf.ts'

/** What a driver of pinned regions is like. */
export interface PinnedKind {
  readonly driver: string
  readonly pageSizes: readonly number[]
  /** When none of them fits. */
  readonly noPageSize: Errno
  /** What the exporter sees. **Shape** `revoke` is for drivers that can be told to let go. */
  readonly attachOps: (device: Device, revoke: () => Op<void>) => AttachOps
  /** On a revoke, and on the way out: no access through the key may remain (RDMA-6). */
  readonly stopHardware: (region: PinnedRegion) => Op<void>
}

export interface PinnedServices {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly trace: Trace
  readonly keysOf: (device: Device) => KeySpace
  readonly revoke: readonly RevokeStep[]
}

export class PinnedRegion implements Import {
  readonly device: Device
  readonly key: MemoryKey
  readonly #services: PinnedServices
  readonly #kind: PinnedKind
  readonly #options: RegionOptions
  readonly #umem: PinnedUmem
  readonly #queue: RegionQueue

  /** **Errors** EINVAL for a window that the buffer does not have. */
  constructor(services: PinnedServices, kind: PinnedKind, device: Device, buffer: DmaBuf, options: RegionOptions) {
    this.device = device
    this.#services = services
    this.#kind = kind
    this.#options = options
    const umem = new UmemDmabuf(services.kernel, buffer, windowOf(buffer, options.offset, options.length))
    const { kernel, bus, trace, revoke } = services
    this.#umem = new PinnedUmem({ kernel, umem, trace, revoke })
    this.key = services.keysOf(device).allocate(device.name)
    this.#queue = new RegionQueue(kernel, { bus, device, key: this.key, options, length: umem.window.length }, trace)
  }

  /** **Errors** the exporter's; EINVAL when a revoke came in between; the driver's without a page size. **Source** RDMA-4 */
  *register(): Op<void> {
    try {
      yield* this.#pinAndProgram()
    } catch (error) {
      this.freeKey()
      throw error
    }
  }

  access(request: AccessRequest): Op<AccessResult> {
    return this.#queue.transfer(request)
  }

  *control(name: string): Op<StepValue> {
    const { driver } = this.#kind
    if (name !== 'status') throw new KernelError('ENOTTY', 'RDMA-4', `${driver} has no ${name}`)
    const { table, value } = this.key
    return {
      key: `0x${value.toString(16)}`,
      mapped: this.#umem.umem.pages !== null,
      revoked: this.#umem.revoked,
      pageSize: table?.pageSize ?? null,
      queuePair: this.#queue.state,
    }
  }

  /** Deregister. Only when all is undone may another region get the key (INV-25). */
  *close(): Op<void> {
    yield* this.#umem.release()
    this.freeKey()
  }

  freeKey(): void {
    this.#services.keysOf(this.device).free(this.key)
  }

  *#pinAndProgram(): Op<void> {
    const umem = this.#umem
    const { driver, pageSizes, noPageSize, attachOps } = this.#kind
    const pages = yield* umem.get(
      this.device,
      attachOps(this.device, () => umem.revoke()),
    )
    const pageSize = bestPageSize(pages.segments, this.#options.iova, pageSizes)
    // The reservation is held until here, so that no revoke runs before there is a callback.
    if (pageSize !== undefined) {
      yield* this.#program({ segments: pages.segments, mapping: pages.mapping, pageSize })
    }
    umem.umem.buffer.resv.lock.unlock()
    if (pageSize !== undefined) return
    yield* umem.release()
    throw new KernelError(noPageSize, 'RDMA-11', `no page size of ${driver} fits the addresses`)
  }

  *#program(table: TranslationTable): Op<void> {
    yield* point(`register key of ${this.device.name}`)
    this.key.program(table)
    // By a name first: what is assigned to a field at once is made in the old heap, and keeps the run until that is collected.
    const stopHardware = (): Op<void> => this.#kind.stopHardware(this)
    this.#umem.onRevoke(stopHardware)
  }
}

/** Make a region and register it. **Errors** those of `register`. */
export function* registered(make: () => PinnedRegion): Op<PinnedRegion> {
  const region = make()
  yield* region.register()
  return region
}

/** The command completes when what began with the key is through. */
export function* destroyKey({ key }: PinnedRegion): Op<void> {
  key.revoke()
  yield* key.settled()
}
