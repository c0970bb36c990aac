/** A guest blob of virtio-gpu on a lent BAR: pinned while it is mapped, never mapped again after it was told to let go (DRM-20, DRM-21). */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  ContractError,
  type Controls,
  type Device,
  type DmaBuf,
  faultAt,
  type Import,
  type Kernel,
  KernelError,
  type Op,
  point,
  type SgTable,
  SharedState,
  type StepValue,
  type SystemHooks,
  type Trace,
  waitFor,
  wordOfPresence,
} from '@barter/core'
import { runInvalidate } from './invalidate-step.ts'
import { JobEnd } from './job-end.ts'
import { noArgs } from './job-words.ts'
import type { VirtioGpuStep } from './virtio-gpu-invalidate.ts'
import type { VirtioHost, VirtioResource } from './virtio-host.ts'

export interface VirtioGpuServices {
  readonly kernel: Kernel
  readonly trace: Trace
  readonly hooks: SystemHooks
  readonly hostOf: (device: Device) => VirtioHost
  readonly invalidate: readonly VirtioGpuStep[]
}

export const VIRTIO_GPU_CONTROLS: Controls = {
  restore: { summary: 'send the object to the host again, as after hibernation', args: noArgs },
  status: { summary: 'the object as the driver sees it: resource, mapped', args: noArgs },
}

interface Memory {
  readonly table: SgTable | null
  /** The host knows the resource. */
  readonly created: boolean
}

const NOTHING: Memory = { table: null, created: false }

const wordOf = ({ table, created }: Memory): number => wordOfPresence(table) + (created ? 2 : 0)

export class VirtioGpuObject implements Import {
  readonly host: VirtioHost
  readonly resource: VirtioResource
  readonly #services: VirtioGpuServices
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #memory: SharedState<Memory>
  #attachment: Attachment | undefined

  constructor(services: VirtioGpuServices, device: Device, buffer: DmaBuf) {
    this.#services = services
    this.#memory = new SharedState<Memory>(services.kernel, 'memory of a blob', NOTHING, wordOf)
    this.#device = device
    this.#buffer = buffer
    this.host = services.hostOf(device)
    this.resource = this.host.newResource()
  }

  /** Attach, pin, map, tell the host, unpin: mapped from here on and not pinned. **Errors** the exporter's. **Source** DRM-20 */
  *create(): Op<void> {
    const buffer = this.#buffer.get()
    try {
      const invalidate = () => this.#invalidate()
      this.#attachment = yield* buffer.attach(this.#device, { peer2peer: true, invalidate })
    } catch (error) {
      buffer.put()
      throw error
    }
    try {
      yield* this.#buffer.resv.locked(() => this.#mapAndTell())
    } catch (error) {
      yield* this.#free()
      throw error
    }
  }

  /** Let the host use the resource, and wait for it. */
  *access(request: AccessRequest): Op<AccessResult> {
    const end = new JobEnd(this.#services.kernel)
    yield* waitFor(this.host.transfer(this.resource, { ...request, ticks: 0 }, end), 'host')
    return end.result
  }

  *control(name: string): Op<StepValue> {
    switch (name) {
      case 'restore':
        return yield* this.#buffer.resv.locked(() => this.#restore())
      case 'status':
        return { resource: this.resource.number, mapped: this.#memory.read().table !== null }
      default:
        throw new KernelError('ENOTTY', 'DRM-20', `virtio-gpu has no ${name}`)
    }
  }

  /** Free the object: the host lets go first. */
  *close(): Op<void> {
    yield* this.#buffer.resv.locked(() => this.#letGo())
    yield* this.#free()
  }

  /** **Locks** the reservation is held. */
  *unmap(): Op<void> {
    const { table } = this.#memory.read()
    if (table === null) return
    this.#memory.change({ table: null })
    yield* this.#attached().unmap(table, 'bidirectional')
  }

  /** A test makes an allocation fail. */
  outOfMemory(place: string): boolean {
    return faultAt(this.#services.hooks, place, this.#device, 'ENOMEM') !== undefined
  }

  *#mapAndTell(): Op<void> {
    yield* this.#attached().pin()
    try {
      yield* this.#buffer.resv.wait('kernel')
      const table = yield* this.#attached().map('bidirectional')
      this.#memory.change({ table })
      yield* point('create blob')
      this.host.createBlob(this.resource, table)
      this.#memory.change({ created: true })
    } finally {
      yield* this.#attached().unpin()
    }
  }

  /** The callback. It may come before the host was told (DMB-9): then nothing is mapped. */
  *#invalidate(): Op<void> {
    const { table, created } = this.#memory.read()
    if (table === null || !created) return
    const { invalidate, trace } = this.#services
    yield* runInvalidate(trace, 'virtio-gpu', this.#device.name, invalidate, this)
  }

  /** The host forgets the resource, also one that it should have let go before. */
  *#letGo(): Op<void> {
    yield* waitFor(this.host.detachBacking(this.resource), 'host')
    yield* this.unmap()
  }

  /** **Errors** ENOMEM when the list of addresses is gone: nothing is ever mapped again (DRM-21). */
  *#restore(): Op<StepValue> {
    const { table } = this.#memory.read()
    const { number } = this.resource
    if (table === null) throw new KernelError('ENOMEM', 'DRM-21', `resource ${number} has no addresses`)
    yield* point('create blob')
    this.host.createBlob(this.resource, table)
    return null
  }

  *#free(): Op<void> {
    yield* this.#buffer.detach(this.#attached())
    this.#buffer.put()
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new ContractError('DMB-11', `${this.#buffer.name} is not attached`)
    return this.#attachment
  }
}
