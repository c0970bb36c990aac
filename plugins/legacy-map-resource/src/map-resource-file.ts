/** An open device file of the old driver. */
import {
  type Device,
  type DmaBuf,
  type DmaBufServices,
  type ExporterFile,
  type ExportRequest,
  KernelError,
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
  readonly #buffers: ResourceBuffer[] = []

  constructor(services: Services, device: Device, closed: () => void) {
    this.#services = services
    this.device = device
    this.#closed = closed
  }

  /** **Errors** EINVAL. */
  *export(request: ExportRequest): Op<DmaBuf> {
    const { facts, trace } = this.#services
    const { bar } = request
    const spec = exportSpec(this.device, request, facts.pageSize)
    const name = request.name ?? `${this.device.name}.bar${bar}#${this.#services.nextBuffer(this.device)}`
    const buffer = new ResourceBuffer(this.#services, spec, name)
    this.#buffers.push(buffer)
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
    for (const buffer of this.#buffers) {
      // A list holds no reference of its own (DMB-7).
      if (!buffer.dmabuf.getActive()) continue
      yield* buffer.revoke()
      buffer.dmabuf.put()
    }
    this.#closed()
  }
}
