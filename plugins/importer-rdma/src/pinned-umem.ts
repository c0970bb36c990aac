/**
 * User memory that is a window of a dma-buf and stays mapped: pinned from its registration on, until it is released or,
 * if its driver can stop the hardware, revoked for good (`ib_umem_dmabuf_get_pinned*`, RDMA-4, RDMA-5).
 */
import { type AttachOps, type Device, type Kernel, KernelError, type Op, type Shared, type Trace } from '@barter/core'
import type { MappedPages, UmemDmabuf } from './umem-dmabuf.ts'

export interface RevokeStep {
  readonly name: string
  readonly rule: string
  run(umem: PinnedUmem): Op<void>
}

/** The one place where the hardware is stopped (RDMA-5): nothing may reach the memory once it returns (RDMA-6). */
const stopHardware: RevokeStep = {
  name: 'stopHardware',
  rule: 'RDMA-6',
  *run(umem) {
    yield* umem.stopHardware()
  },
}

const unmapPages: RevokeStep = { name: 'unmapPages', rule: 'RDMA-3', run: ({ umem }) => umem.unmapPages() }
const unpin: RevokeStep = { name: 'unpin', rule: 'RDMA-5', run: (umem) => umem.unpin() }
const markRevoked: RevokeStep = {
  name: 'markRevoked',
  rule: 'RDMA-5',
  *run(umem) {
    umem.markRevoked()
  },
}

export const UMEM_REVOKE: readonly RevokeStep[] = [stopHardware, unmapPages, unpin, markRevoked]

export interface PinnedUmemParts {
  readonly kernel: Kernel
  readonly umem: UmemDmabuf
  readonly trace: Trace
  readonly revoke: readonly RevokeStep[]
}

export class PinnedUmem {
  readonly umem: UmemDmabuf
  readonly #trace: Trace
  readonly #revoke: readonly RevokeStep[]
  /** For explorers: whether it has a callback, is pinned, is revoked. */
  readonly #shared: Shared
  #stopHardware: (() => Op<void>) | undefined
  #name = ''
  #pinned = false
  #revoked = false

  constructor({ kernel, umem, trace, revoke }: PinnedUmemParts) {
    this.#shared = kernel.shared('state of a pinned region')
    this.umem = umem
    this.#trace = trace
    this.#revoke = revoke
  }

  get revoked(): boolean {
    this.#shared.readValue(this.#value)
    return this.#revoked
  }

  /**
   * Attach, pin, map. **Locks** takes the reservation and returns with it held, so that the driver can set
   * `stopHardware` before any revoke runs; after an error it is free. **Errors** the exporter's at attach, pin, map;
   * EINVAL when a revoke came in between (RDMA-2). **Source** RDMA-4
   */
  *get(device: Device, ops: AttachOps): Op<MappedPages> {
    this.#name = device.name
    yield* this.umem.attach(device, ops)
    const { lock } = this.umem.buffer.resv
    yield* lock.lock()
    try {
      yield* this.umem.pin()
      this.#pinned = true
      this.#shared.writeValue(this.#value)
      // The callback may have run since the attachment was listed (DMB-9), and it is never taken back.
      if (this.revoked) {
        throw new KernelError(
          'EINVAL',
          'RDMA-2',
          `${this.umem.buffer.name} was revoked while ${device.name} registered`,
        )
      }
      return yield* this.umem.mapPages()
    } catch (error) {
      // A revoke that came before the pin gave none back, and runs only once.
      yield* this.unpin()
      lock.unlock()
      yield* this.release()
      throw error
    }
  }

  /** Once, and for good. **Locks** the reservation is held. **Source** RDMA-5 */
  *revoke(): Op<void> {
    this.umem.buffer.resv.lock.assertHeld()
    if (this.revoked) return
    for (const step of this.#revoke) {
      const { name, rule } = step
      this.#trace.emit({ kind: 'protocol', protocol: 'umem revoke', name, subject: this.#name, rule })
      yield* step.run(this)
    }
  }

  *unpin(): Op<void> {
    this.#shared.readValue(this.#value)
    if (!this.#pinned) return
    this.#pinned = false
    this.#shared.writeValue(this.#value)
    yield* this.umem.unpin()
  }

  markRevoked(): void {
    this.#revoked = true
    this.#shared.writeValue(this.#value)
  }

  /** The driver's callback, set under the reservation once there is hardware to stop. */
  onRevoke(stopHardware: () => Op<void>): void {
    this.#stopHardware = stopHardware
    this.#shared.writeValue(this.#value)
  }

  *stopHardware(): Op<void> {
    this.#shared.readValue(this.#value)
    if (this.#stopHardware !== undefined) yield* this.#stopHardware()
  }

  /** Revoke unless that happened before, detach, drop the reference. **Locks** takes the reservation. */
  *release(): Op<void> {
    const { lock } = this.umem.buffer.resv
    yield* lock.lock()
    try {
      yield* this.revoke()
    } finally {
      lock.unlock()
    }
    yield* this.umem.detach()
  }

  get #value(): number {
    return (this.#stopHardware === undefined ? 0 : 4) + (this.#pinned ? 2 : 0) + (this.#revoked ? 1 : 0)
  }
}
