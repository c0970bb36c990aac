/** An open device file. */
import {
  type CpuMapping,
  type Device,
  type DmaBuf,
  type ExporterFile,
  type ExportRequest,
  KernelError,
  type MmapRequest,
  type Op,
  type StepValue,
} from '@barter/core'
import { ControlArguments } from './control-arguments.ts'
import { CONTROL_HANDLERS } from './control-handlers.ts'
import { exportBuffer } from './export-buffer.ts'
import { checkHeader, dmaBufRequest } from './feature-request.ts'
import { closeDevice } from './open-device.ts'
import type { OpenState, VfioDevice } from './vfio-device.ts'

export class VfioFile implements ExporterFile {
  readonly device: Device
  readonly #vdev: VfioDevice
  readonly #open: OpenState

  constructor(vdev: VfioDevice, open: OpenState) {
    this.device = vdev.device
    this.#vdev = vdev
    this.#open = open
  }

  /** **Errors** VFIO-2 to VFIO-11, first failing row. */
  *export(request: ExportRequest): Op<DmaBuf> {
    return yield* this.#awake(() => this.#export(request))
  }

  /** No ioctl, so the device may sleep meanwhile. **Errors** of MM-1. */
  mmap(request: MmapRequest): Op<CpuMapping> {
    return this.#vdev.cpuMemory.map(this.#open, request)
  }

  /** **Errors** ENOTTY for a word it does not know; those of the word. */
  *control(name: string, given: Readonly<Record<string, StepValue>>): Op<StepValue> {
    const handler = CONTROL_HANDLERS[name]
    if (handler === undefined) throw new KernelError('ENOTTY', 'VFIO-3', `the driver has no ${name}`)
    return yield* this.#awake(() => handler(this.#vdev, this.#open, new ControlArguments(name, given)))
  }

  /** The last of several files revokes for good (TRG-14); the others only go. */
  *close(): Op<void> {
    const { set, registration } = this.#vdev
    yield* set.lock.lock()
    if (--this.#vdev.openCount === 0) yield* closeDevice(this.#vdev, this.#open)
    set.lock.unlock()
    registration.put()
  }

  *#export(asked: ExportRequest): Op<DmaBuf> {
    const request = dmaBufRequest(asked)
    checkHeader(request)
    const buffer = yield* exportBuffer(this.#vdev, this.#open, request, asked.name)
    if (buffer === undefined) throw new KernelError('EINVAL', 'VFIO-6b', 'an export is never only probed')
    return buffer.dmabuf
  }

  /** Every system call keeps the device awake (VFIO-2). */
  *#awake<T>(call: () => Op<T>): Op<T> {
    const { power } = this.#vdev
    yield* power.get()
    try {
      return yield* call()
    } finally {
      yield* power.put()
    }
  }
}
