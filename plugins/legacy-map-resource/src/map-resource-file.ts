/** An open device file of the old driver. */
import {
  type Device,
  type DmaBuf,
  type DmaBufServices,
  type ExporterFile,
  type ExportRequest,
  KernelError,
  type Lock,
  type Op,
  type SgtServices,
} from '@barter/core'
import { exportSpec } from './export-spec.ts'
import { ResourceBuffer } from './resource-buffer.ts'

export type Services = SgtServices &
  DmaBufServices & {
    /** Counts the buffers of a device, through whatever file they were lent. */
    nextBuffer(device: Device): number
  }

export class MapResourceFile implements ExporterFile {
  readonly device: Device
  readonly #services: Services
  readonly #closed: () => void
  /** Guards the list. */
  readonly #lock: Lock
  /** Holds no reference of its own (DMB-7): a buffer that is released goes off it. */
  readonly #buffers = new Set<ResourceBuffer>()

  constructor(services: Services, device: Device, closed: () => void) {
    this.#services = services
    this.device = device
    this.#closed = closed
    this.#lock = services.kernel.lock(`buffers(${device.name})`)
  }

  /** **Errors** EINVAL. */
  *export(request: ExportRequest): Op<DmaBuf> {
    const { facts, trace } = this.#services
    const { bar } = request
    const spec = exportSpec(this.device, request, facts.pageSize)
    const name = request.name ?? `${this.device.name}.bar${bar}#${this.#services.nextBuffer(this.device)}`
    const buffer: ResourceBuffer = new ResourceBuffer(this.#services, spec, name, () => this.#unlist(buffer))
    yield* this.#lock.lock()
    this.#buffers.add(buffer)
    this.#lock.unlock()
    trace.emit({
      kind: 'export',
      buffer: name,
      device: this.device.name,
      bar,
      length: buffer.dmabuf.size,
      state: 'live',
    })
    return buffer.dmabuf
  }

  *control(name: string): Op<never> {
    throw new KernelError('ENOTTY', 'VFIO-3', `the driver has no ${name}`)
  }

  *close(): Op<void> {
    yield* this.#lock.lock()
    for (const buffer of [...this.#buffers]) {
      if (!buffer.dmabuf.getActive()) continue
      yield* buffer.revoke()
      buffer.dmabuf.put()
    }
    this.#lock.unlock()
    this.#closed()
  }

  *#unlist(buffer: ResourceBuffer): Op<void> {
    yield* this.#lock.lock()
    this.#buffers.delete(buffer)
    this.#lock.unlock()
  }
}
