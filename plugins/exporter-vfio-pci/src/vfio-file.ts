/** A file of the device, opened through its group or through its own character device. */
import {
  type ControlCall,
  type CpuMapping,
  type Device,
  type DmaBuf,
  type ExporterFile,
  type ExportRequest,
  type GivenObject,
  type IommufdContext,
  type IommufdDevice,
  isContainer,
  isIommufd,
  KernelError,
  type KernelObject,
  type MmapRequest,
  type Op,
  type Shared,
  type StepValue,
} from '@barter/core'
import { ControlArguments } from './control-arguments.ts'
import { CONTROL_HANDLERS } from './control-handlers.ts'
import { exportBuffer } from './export-buffer.ts'
import { checkHeader, dmaBufRequest } from './feature-request.ts'
import { closeDevice, openDevice } from './open-device.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

/** The iommufd of a process that has but one. */
const USUAL_IOMMUFD = 'i0'

export class VfioFile implements ExporterFile {
  readonly device: Device
  readonly #vdev: VfioDevice
  /** What its group is in; `undefined` for a file of the character device. */
  readonly #container: KernelObject | undefined
  /** For explorers: whether it may do something. */
  readonly #access: Shared
  #granted: OpenState | undefined

  /** A file that may do nothing yet. */
  constructor(vdev: VfioDevice, container?: KernelObject) {
    this.device = vdev.device
    this.#vdev = vdev
    this.#container = container
    this.#access = vdev.services.kernel.shared('access of a file')
    if (isContainer(container)) container.hold()
  }

  /** From here on it may. The first one makes the device usable. **Errors** EAGAIN when the device lock is held. */
  *grant(): Op<void> {
    const { doors, set } = this.#vdev
    yield* set.lock.lock()
    try {
      if (isIommufd(this.#container)) yield* this.#bindByGroup(this.#container)
      doors.open ??= yield* openDevice(this.#vdev)
      doors.openCount.change(1)
      this.#grant(doors.open)
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
  *control(name: string, given: Readonly<Record<string, StepValue>>, call?: ControlCall): Op<StepValue> {
    const args = new ControlArguments(name, given)
    if (name === 'bindIommufd') return yield* this.#bindIommufd(args, call?.given.iommufd)
    const open = this.#open(name)
    if (name === 'attachIoas') return yield* this.#attachIoas(call?.given.ioas)
    if (name === 'detachIoas') return yield* this.#detachIoas()
    const handler = CONTROL_HANDLERS[name]
    if (handler === undefined) throw new KernelError('ENOTTY', 'VFIO-3', `the driver has no ${name}`)
    return yield* this.#awake(() => handler(this.#vdev, open, args))
  }

  /** The last of several files revokes for good (TRG-14); the others only go. */
  *close(): Op<void> {
    const { doors, set, registration } = this.#vdev
    const granted = this.#look()
    if (granted !== undefined) {
      yield* set.lock.lock()
      if (doors.openCount.change(-1) === 0) {
        yield* closeDevice(this.#vdev, granted)
        yield* this.#unbindIommufd()
      }
      set.lock.unlock()
    }
    doors.files.take()
    if (this.#container !== undefined) doors.groupFiles.take()
    registration.put()
    if (isContainer(this.#container)) yield* this.#container.drop()
  }

  /**
   * VFIO_DEVICE_BIND_IOMMUFD: the way in for a file of the character device, once and for one file only.
   * **Errors** EINVAL for a file that has access already and while another file of the character device has it, EBUSY while
   * the device is open through its group, EBADF for what is no iommufd, EPERM when its IOMMU group has another owner.
   */
  *#bindIommufd(args: ControlArguments, given: GivenObject | undefined): Op<StepValue> {
    const { device } = this
    const { doors, services } = this.#vdev
    if (this.#look() !== undefined || doors.iommufd !== undefined) {
      throw new KernelError('EINVAL', 'VFIO-1', `${device.name} is bound to an iommufd or open through its group`)
    }
    if (doors.groupFiles.read() > 0)
      throw new KernelError('EBUSY', 'VFIO-1', `${device.name} is open through its group`)
    const owner = this.#iommufdMeant(args, given)
    doors.iommufd = owner.name
    try {
      // Nobody has it open through the group, so nothing holds it in a container any more.
      yield* services.containers.leave(device)
      if (isIommufd(owner)) doors.bound = yield* owner.bind(device, services.withoutIommu.applies)
      else yield* this.#claimAlone(owner)
      yield* this.grant()
    } catch (error) {
      yield* this.#unbindIommufd()
      throw error
    }
    return yield* this.control('info', {})
  }

  /** One that a step opened; or, by a mere name, one in which nothing can be mapped. **Errors** EBADF. */
  #iommufdMeant(args: ControlArguments, given: GivenObject | undefined): KernelObject {
    if (given === undefined) {
      const name = args.has('iommufd') ? args.word('iommufd') : USUAL_IOMMUFD
      return this.#vdev.services.iommufds.called(`iommufd ${name}`, 'type1')
    }
    if (given.kind === 'object' && isIommufd(given.object)) return given.object
    throw new KernelError('EBADF', 'VFIO-1', 'the descriptor is no iommufd')
  }

  /** Until it is attached to an address space the device translates by nothing. **Errors** EPERM when another owns its group. */
  *#claimAlone(owner: KernelObject): Op<void> {
    if (isContainer(owner)) yield* this.#vdev.services.containers.join(this.device, owner, 'EPERM')
  }

  /** The first file that is opened through a group in an iommufd binds and attaches at once, as in a container. */
  *#bindByGroup(iommufd: IommufdContext): Op<void> {
    if (this.#vdev.doors.openCount.read() > 0) return
    const { applies } = this.#vdev.services.withoutIommu
    this.#vdev.doors.bound = yield* iommufd.bind(this.device, applies)
    // Without an IOMMU there is no address space to attach to.
    if (!applies) yield* this.#vdev.doors.bound.attach(iommufd.compatSpace())
  }

  /** VFIO_DEVICE_ATTACH_IOMMUFD_PT. **Errors** EINVAL for a file of the group; those of the iommufd. */
  *#attachIoas(given: GivenObject | undefined): Op<null> {
    yield* this.#bound().attach(given?.kind === 'object' ? given.object : undefined)
    return null
  }

  /** VFIO_DEVICE_DETACH_IOMMUFD_PT. **Errors** EINVAL for a file of the group. */
  *#detachIoas(): Op<null> {
    yield* this.#bound().detach()
    return null
  }

  #bound(): IommufdDevice {
    if (this.#container === undefined && this.#vdev.doors.bound !== undefined) return this.#vdev.doors.bound
    throw new KernelError('EINVAL', 'VFIO-1', `${this.device.name} is not bound to an iommufd by its character device`)
  }

  *#unbindIommufd(): Op<void> {
    const { doors, services } = this.#vdev
    const { bound, iommufd } = doors
    this.#vdev.doors.iommufd = undefined
    this.#vdev.doors.bound = undefined
    if (bound !== undefined) yield* bound.unbind()
    else if (iommufd !== undefined) yield* services.containers.leave(this.device)
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
    const granted = this.#look()
    if (granted !== undefined) return granted
    throw new KernelError('EINVAL', 'VFIO-1', `${what} of ${this.device.name} before it is bound to an iommufd`)
  }

  #look(): OpenState | undefined {
    this.#access.readValue(this.#granted === undefined ? 0 : 1)
    return this.#granted
  }

  #grant(open: OpenState): void {
    this.#granted = open
    this.#access.writeValue(1)
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
