/** A dma-buf memory region of mlx5: unpinned, mapped when the hardware asks (RDMA-10 to RDMA-17). */
import {
  type AccessRequest,
  type AccessResult,
  type Bus,
  type Device,
  type DmaBuf,
  faultAt,
  type Import,
  type Kernel,
  KernelError,
  type Op,
  point,
  type Shared,
  SharedCount,
  type StepValue,
  type SystemHooks,
  type Trace,
  waitFor,
} from '@barter/core'
import type { FaultAnswer } from './dma-engine.ts'
import { OpenFaults } from './open-faults.ts'
import type { KeySpace, MemoryKey } from './memory-key.ts'
import type { InvalidateStep } from './mlx5-invalidate.ts'
import { bestPageSize } from './page-size.ts'
import type { RegionOptions } from './region-options.ts'
import { RegionQueue } from './region-queue.ts'
import { UmemDmabuf, windowOf } from './umem-dmabuf.ts'

export interface Mlx5Services {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly trace: Trace
  readonly hooks: SystemHooks
  readonly keysOf: (device: Device) => KeySpace
  readonly invalidate: readonly InvalidateStep[]
}

/** Results after which the hardware is told to try again (RDMA-16); all others are final for that fault. */
const RETRIED = ['EAGAIN', 'ENOMEM']
/** How often it does, where a real NIC would go on for ever. */
const MOST_RETRIES = 8

export class Mlx5Region implements Import {
  readonly umem: UmemDmabuf
  readonly key: MemoryKey
  readonly #services: Mlx5Services
  readonly #device: Device
  readonly #options: RegionOptions
  readonly #queue: RegionQueue
  /** The driver's private pointer of the attachment: cleared under the reservation when the region goes (RDMA-12). */
  #registered = false
  /** For explorers: that it is on its way out. Before it is mapped nobody looks, so its registration is no news. */
  readonly #leaving: Shared
  readonly #faults: SharedCount
  readonly #retries: SharedCount
  readonly #openFaults: OpenFaults

  /** **Errors** EINVAL for a window that the buffer does not have. */
  constructor(services: Mlx5Services, device: Device, buffer: DmaBuf, options: RegionOptions) {
    this.#services = services
    this.#device = device
    this.#options = options
    this.#leaving = services.kernel.shared('whether a region goes')
    this.#faults = new SharedCount(services.kernel, 'faults of a region')
    this.#retries = new SharedCount(services.kernel, 'retries of a region')
    this.#openFaults = new OpenFaults(services.kernel)
    this.umem = new UmemDmabuf(services.kernel, buffer, windowOf(buffer, options.offset, options.length))
    this.key = services.keysOf(device).allocate(device.name)
    const { length } = this.umem.window
    const engine = { bus: services.bus, device, key: this.key, options, length, fault: () => this.#raiseFault() }
    this.#queue = new RegionQueue(services.kernel, engine, services.trace)
  }

  /** Attach, then fault once, so that a buffer out of reach is refused now (RDMA-11). **Errors** the exporter's; EINVAL. */
  *register(): Op<void> {
    try {
      yield* this.umem.attach(this.#device, { peer2peer: true, invalidate: () => this.#invalidate() })
    } catch (error) {
      this.#services.keysOf(this.#device).free(this.key)
      throw error
    }
    this.#registered = true
    try {
      yield* this.#mapAndProgram()
    } catch (error) {
      yield* this.close()
      throw error
    }
  }

  access(request: AccessRequest): Op<AccessResult> {
    return this.#queue.transfer(request)
  }

  *control(name: string): Op<StepValue> {
    if (name !== 'status') throw new KernelError('ENOTTY', 'RDMA-10', `mlx5 has no ${name}`)
    const { table, value } = this.key
    return {
      key: `0x${value.toString(16)}`,
      mapped: this.umem.pages !== null,
      pageSize: table?.pageSize ?? null,
      queuePair: this.#queue.state,
      faults: this.#faults.read(),
    }
  }

  /**
   * Deregister (RDMA-13, RDMA-17). First the key goes, so that the callback finds a region on its way out and leaves the
   * unmap to the lines below; only when all is undone another region may get the key.
   */
  *close(): Op<void> {
    const { lock } = this.umem.buffer.resv
    yield* lock.lock()
    try {
      this.key.revoke()
      yield* this.key.settled()
      this.#registered = false
      this.#leaving.writeValue(1)
    } finally {
      lock.unlock()
    }
    yield* this.umem.release()
    this.#services.keysOf(this.#device).free(this.key)
  }

  #isRegistered(): boolean {
    this.#leaving.readValue(this.#registered ? 0 : 1)
    return this.#registered
  }

  /** A test makes a command to the hardware fail. */
  commandFails(command: string): boolean {
    return faultAt(this.#services.hooks, command, this.#device, 'EIO') !== undefined
  }

  /** The callback. It may come before `register` got its attachment (DMB-9): then nothing is mapped. */
  *#invalidate(): Op<void> {
    if (this.umem.pages === null || !this.#isRegistered()) return
    const { invalidate, trace } = this.#services
    const subject = this.#device.name
    for (const step of invalidate) {
      trace.emit({ kind: 'protocol', protocol: 'mlx5 invalidate', name: step.name, subject, rule: step.rule })
      yield* step.run(this)
    }
  }

  /** The hardware stops at a page that it has no translation for; a thread of the driver answers. */
  *#raiseFault(): Op<FaultAnswer> {
    this.#faults.tally(1)
    const fault = this.#openFaults.open()
    const handler = this.#services.kernel.spawn(`page fault of ${this.#device.name}`, () =>
      this.#handleFault((given) => {
        fault.answer(given)
      }),
    )
    yield* waitFor(handler.ended, 'page fault')
    return this.#openFaults.close(fault)
  }

  *#handleFault(resume: (answer: FaultAnswer) => void): Op<void> {
    yield* point(`page fault of ${this.#device.name}`)
    try {
      yield* this.#mapAndProgram()
      this.#retries.write(0)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (RETRIED.includes(error.errno) && this.#retryOnce()) return
      this.#queue.note(`page fault answered with ${error.errno}: ${error.message}`, 'RDMA-14')
      resume({ kind: 'resume-with-error', errno: error.errno, rule: error.rule })
    }
  }

  #retryOnce(): boolean {
    const tried = this.#retries.read()
    if (tried >= MOST_RETRIES) return false
    this.#retries.write(tried + 1)
    return true
  }

  /** `pagefault_dmabuf_mr()`. **Locks** takes the reservation. **Errors** the exporter's; EINVAL without a page size. */
  *#mapAndProgram(): Op<void> {
    const { lock } = this.umem.buffer.resv
    yield* lock.lock()
    try {
      // Deregistered since the hardware raised the fault: the engine finds the key gone.
      if (!this.#isRegistered()) return
      const pages = yield* this.umem.mapPages()
      const pageSize = bestPageSize(pages.segments, this.#options.iova)
      if (pageSize === undefined) {
        yield* this.umem.unmapPages()
        throw new KernelError('EINVAL', 'RDMA-11', 'no page size of the NIC fits the addresses')
      }
      this.key.program({ segments: pages.segments, mapping: pages.mapping, pageSize })
    } finally {
      lock.unlock()
    }
  }
}
