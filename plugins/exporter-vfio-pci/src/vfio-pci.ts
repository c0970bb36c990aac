/** The plugin: an exporter for driver `vfio-pci`. */
import {
  AT_END,
  ContractError,
  type Device,
  type Exporter,
  type ExporterFile,
  type ExporterKind,
  KernelError,
  type KernelObject,
  type Op,
  type OpenOptions,
  type Plugin,
  type Shared,
  type StepValue,
} from '@barter/core'
import { checkCounts } from './check-counts.ts'
import { openInContainer } from './open-group.ts'
import { VFIO_CONTROLS } from './controls.ts'
import { DeviceSets } from './device-set.ts'
import type { VfioPciOptions } from './options.ts'
import { type VfioServices, vfioServices } from './services.ts'
import { VFIO_PCI, type Variant } from './variant.ts'
import { VfioDevice } from './vfio-device.ts'
import { VfioFile } from './vfio-file.ts'
import { NOIOMMU_PARAMETER } from './without-iommu.ts'

export const vfioPci = (options: VfioPciOptions = {}): Plugin => vfioDriver(VFIO_PCI, options)

/**
 * The same for a driver that is made of the same core.
 * **Not modelled** devices of several such drivers in one set or one container.
 */
export function vfioDriver(variant: Variant, options: VfioPciOptions): Plugin {
  const name = variant === VFIO_PCI ? 'exporter-vfio-pci' : `exporter-vfio-pci:${variant.driver}`
  return {
    name,
    apply: ({ hooks }) => {
      hooks.exporter.for(variant.driver).tap(name, (run) => {
        const driver = new VfioPciDriver(vfioServices(run, variant, options))
        run.get(AT_END)(() => {
          driver.checkAtEnd()
        })
        return driver
      })
    },
  }
}

const KIND: ExporterKind = {
  addresses: 'provider',
  admits: 'by-generation',
  pin: 'by-generation',
  revoke: 'by-generation',
  ranges: true,
  mmap: 'frames',
}

class VfioPciDriver implements Exporter {
  readonly driver: string
  readonly controls = VFIO_CONTROLS
  readonly tellsWhatItTouches = true
  readonly kind = KIND
  readonly #services: VfioServices
  readonly #sets: DeviceSets
  readonly #bound = new Map<Device, VfioDevice>()
  /** For explorers: which devices those are. */
  readonly #devices: Shared

  constructor(services: VfioServices) {
    this.driver = services.variant.driver
    this.#services = services
    this.#devices = services.kernel.shared('devices of vfio-pci')
    this.#sets = new DeviceSets(services.kernel, services.pci)
  }

  /** **Errors** EINVAL without IOMMU, unless the parameter allows it (VFIO-63). */
  *probe(device: Device): Op<void> {
    device.lock.assertHeld()
    this.#devices.read()
    if (this.#bound.has(device)) throw new ContractError('P2P-3', `${device.name} is bound already`)
    this.#services.withoutIommu.checkProbe(device)
    this.#services.containers.probe(device)
    const vdev = new VfioDevice(this.#services, this.#sets, device)
    yield* vdev.set.join(vdev)
    this.#bound.set(device, vdev)
    this.#devices.write()
    // By names first: what is assigned to a field at once is made in the old heap, and keeps the run until that is collected.
    const errorDetected = (): void => {
      vdev.tellError()
    }
    const resetDone = (): void => this.#services.variant.resetDone?.(vdev)
    device.errorDetected = errorDetected
    device.resetDone = resetDone
  }

  /**
   * Nobody opens the device any more; wait for those who have it open. The unbind revokes nothing itself, the last close
   * does (TRG-15). The device lock is held meanwhile, so resets under `memory_lock` only try it (VFIO-41).
   */
  *remove(device: Device): Op<void> {
    device.lock.assertHeld()
    const vdev = this.#find(device)
    if (vdev.registration.unregister()) vdev.request.ask()
    yield* vdev.registration.waitForAll()
    if (vdev.hasProviders && device.p2p === undefined) {
      const message = `the P2P state of ${device.name} went before its last registration did`
      this.#services.witness.broken('INV-26', 'P2P-7', message)
    }
    yield* vdev.set.leave(vdev)
    this.#bound.delete(device)
    this.#devices.write()
    device.resetDone = undefined
    device.errorDetected = undefined
    yield* this.#services.containers.leave(device)
  }

  /**
   * Through the group, or through a character device of its own, which is of no use before it is bound to an iommufd.
   * **Errors** in order: EPERM without IOMMU (VFIO-63); through the group EBUSY while the other door is in use, ENODEV for a
   * container of the wrong kind, EBUSY when the group is in another one; ENODEV while the driver is being unbound, EAGAIN
   * when the first open cannot lock the device.
   */
  *open(device: Device, options: OpenOptions = {}): Op<ExporterFile> {
    const vdev = this.#find(device)
    this.#services.withoutIommu.checkProcess(device, options)
    if (options.cdev === true) return newFile(vdev)
    const file = yield* openThroughGroup(vdev, options)
    try {
      yield* file.grant()
    } catch (error) {
      yield* file.close()
      throw error
    }
    return file
  }

  setParameter(name: string, value: boolean): void {
    if (name !== NOIOMMU_PARAMETER) throw new KernelError('ENOENT', 'VFIO-63', `the module has no parameter ${name}`)
    this.#services.withoutIommu.allowed = value
  }

  /** **Errors** EPERM without IOMMU for a process without CAP_SYS_RAWIO; EBUSY while the group is in use (VFIO-63). */
  *groupStatus(device: Device, options: Pick<OpenOptions, 'rawio'> = {}): Op<StepValue> {
    const { containers, withoutIommu } = this.#services
    withoutIommu.checkProcess(device, options)
    containers.checkFree(device)
    return { viable: containers.isViable(device), noiommu: withoutIommu.applies }
  }

  checkAtEnd(): void {
    for (const vdev of this.#bound.values()) checkCounts(vdev)
  }

  #find(device: Device): VfioDevice {
    this.#devices.read()
    const vdev = this.#bound.get(device)
    if (vdev === undefined) throw new KernelError('ENODEV', 'VFIO-17', `${device.name} is not bound to ${this.driver}`)
    return vdev
  }
}

/** The other door is shut from the first moment. **Errors** those of the container, and of a new file. */
function* openThroughGroup(vdev: VfioDevice, options: OpenOptions): Op<VfioFile> {
  vdev.doors.groupFiles.add()
  try {
    return newFile(vdev, yield* openInContainer(vdev, options))
  } catch (error) {
    vdev.doors.groupFiles.take()
    throw error
  }
}

/** **Errors** ENODEV while the driver is being unbound (TRG-15). */
function newFile(vdev: VfioDevice, container?: KernelObject): VfioFile {
  if (!vdev.registration.tryOpen()) {
    throw new KernelError('ENODEV', 'TRG-15', `the driver of ${vdev.device.name} is being unbound`)
  }
  vdev.doors.files.add()
  return new VfioFile(vdev, container)
}
