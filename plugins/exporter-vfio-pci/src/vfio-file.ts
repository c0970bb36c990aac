/** A file of the device, opened through its group or through its own character device. */
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
import { closeDevice, openDevice } from './open-device.ts'
import type { OpenState, VfioDevice } from './vfio-device.ts'

/** The iommufd of a process that has but one. */
const USUAL_IOMMUFD = 'i0'

export class VfioFile implements ExporterFile {
  readonly device: Device
  readonly #vdev: VfioDevice
  #granted: OpenState | undefined

  /** A file that may do nothing yet. */
  constructor(vdev: VfioDevice) {
    this.device = vdev.device
    this.#vdev = vdev
  }

  /** From here on it may. The first one makes the device usable. **Errors** EAGAIN when the device lock is held. */
  *grant(): Op<void> {
    const { set } = this.#vdev
    yield* set.lock.lock()
    try {
      this.#vdev.open ??= yield* openDevice(this.#vdev)
      this.#vdev.openCount++
      this.#granted = this.#vdev.open
    } finally {
      set.lock.unlock()
    }
  }

  /** **Errors** VFIO-1 to VFIO-11, first failing row. */
  *export(request: ExportRequest): Op<DmaBuf> {
    const open = this.#open('export')
    return yield* this.#awake(() => this.#export(open, request))
  }

  /** No ioctl, so the device may sleep meanwhile. **Errors** EINVAL before access is granted (VFIO-1); those of MM-1. */
  *mmap(request: MmapRequest): Op<CpuMapping> {
    return yield* this.#vdev.cpuMemory.map(this.#open('mmap'), request)
  }

  /** **Errors** EINVAL before access is granted (VFIO-1), ENOTTY for a word it does not know; those of the word. */
  *control(name: string, given: Readonly<Record<string, StepValue>>): Op<StepValue> {
    const args = new ControlArguments(name, given)
    if (name === 'bindIommufd') return yield* this.#bindIommufd(args)
    const open = this.#open(name)
    const handler = CONTROL_HANDLERS[name]
    if (handler === undefined) throw new KernelError('ENOTTY', 'VFIO-3', `the driver has no ${name}`)
    return yield* this.#awake(() => handler(this.#vdev, open, args))
  }

  /** The last of several files revokes for good (TRG-14); the others only go. */
  *close(): Op<void> {
    const { set, registration } = this.#vdev
    if (this.#granted !== undefined) {
      yield* set.lock.lock()
      if (--this.#vdev.openCount === 0) {
        yield* closeDevice(this.#vdev, this.#granted)
        if (this.#vdev.iommufd !== undefined) yield* this.#unbindIommufd()
      }
      set.lock.unlock()
    }
    this.#vdev.files--
    registration.put()
  }

  /**
   * VFIO_DEVICE_BIND_IOMMUFD: the way in for a file of the character device, once and for one file only.
   * **Errors** EINVAL for a file that has access already and while another file of the character device has it, EBUSY while
   * the device is open through its group, EPERM when its IOMMU group has another owner.
   */
  *#bindIommufd(args: ControlArguments): Op<StepValue> {
    const { device } = this
    if (this.#granted !== undefined || this.#vdev.iommufd !== undefined) {
      throw new KernelError('EINVAL', 'VFIO-1', `${device.name} is bound to an iommufd or open through its group`)
    }
    if (this.#vdev.openCount > 0) throw new KernelError('EBUSY', 'VFIO-1', `${device.name} is open through its group`)
    this.#vdev.iommufd = args.has('iommufd') ? args.word('iommufd') : USUAL_IOMMUFD
    try {
      yield* this.#claimGroup(`iommufd ${this.#vdev.iommufd}`)
      yield* this.grant()
    } catch (error) {
      yield* this.#unbindIommufd()
      throw error
    }
    return yield* this.control('info', {})
  }

  /** Until it is attached to an address space the device translates by nothing. **Errors** EPERM when another owns its group. */
  *#claimGroup(owner: string): Op<void> {
    const { device } = this
    const { containers } = this.#vdev.services
    // Nobody has it open through the group, so nothing holds it in a container any more.
    yield* containers.leave(device)
    try {
      yield* containers.join(device, owner)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      throw new KernelError('EPERM', 'VFIO-63', `the group of ${device.name} has another owner than ${owner}`)
    }
  }

  *#unbindIommufd(): Op<void> {
    this.#vdev.iommufd = undefined
    yield* this.#vdev.services.containers.leave(this.device)
  }

  *#export(open: OpenState, asked: ExportRequest): Op<DmaBuf> {
    const request = dmaBufRequest(asked)
    checkHeader(request)
    const buffer = yield* exportBuffer(this.#vdev, open, request, asked.name)
    if (buffer === undefined) throw new KernelError('EINVAL', 'VFIO-6b', 'an export is never only probed')
    return buffer.dmabuf
  }

  /** **Errors** EINVAL before access is granted, whatever is asked (VFIO-1). */
  #open(what: string): OpenState {
    if (this.#granted !== undefined) return this.#granted
    throw new KernelError('EINVAL', 'VFIO-1', `${what} of ${this.device.name} before it is bound to an iommufd`)
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
