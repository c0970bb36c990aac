/** The plugin: an exporter for driver `vfio-pci`. */
import {
  AT_END,
  ContractError,
  type Device,
  type Exporter,
  type ExporterFile,
  KernelError,
  type Op,
  type OpenOptions,
  type Plugin,
} from '@barter/core'
import { checkCounts } from './check-counts.ts'
import { Containers, USUAL_CONTAINER } from './containers.ts'
import { VFIO_CONTROLS } from './controls.ts'
import { DeviceSets } from './device-set.ts'
import { openDevice } from './open-device.ts'
import type { VfioPciOptions } from './options.ts'
import { type VfioServices, vfioServices } from './services.ts'
import { VfioDevice } from './vfio-device.ts'
import { VfioFile } from './vfio-file.ts'

/** **Errors** at the start of a run: `UsageError` `GENERATION_NOT_MODELLED`. */
export function vfioPci(options: VfioPciOptions = {}): Plugin {
  return {
    name: 'exporter-vfio-pci',
    apply: ({ hooks }) => {
      hooks.exporter.for('vfio-pci').tap('exporter-vfio-pci', (run) => {
        const driver = new VfioPciDriver(vfioServices(run, options), new Containers(run))
        run.get(AT_END)(() => {
          driver.checkAtEnd()
        })
        return driver
      })
    },
  }
}

class VfioPciDriver implements Exporter {
  readonly driver = 'vfio-pci'
  readonly controls = VFIO_CONTROLS
  readonly #services: VfioServices
  readonly #sets: DeviceSets
  readonly #containers: Containers
  readonly #bound = new Map<Device, VfioDevice>()

  constructor(services: VfioServices, containers: Containers) {
    this.#services = services
    this.#containers = containers
    this.#sets = new DeviceSets(services.kernel, services.pci)
  }

  *probe(device: Device): Op<void> {
    device.lock.assertHeld()
    if (this.#bound.has(device)) throw new ContractError('P2P-3', `${device.name} is bound already`)
    this.#bound.set(device, new VfioDevice(this.#services, this.#sets, device))
  }

  /**
   * Nobody opens the device any more; wait for those who have it open. The unbind revokes nothing itself, the last close
   * does (TRG-15). The device lock is held meanwhile, so resets under `memory_lock` only try it (VFIO-41).
   */
  *remove(device: Device): Op<void> {
    device.lock.assertHeld()
    const vdev = this.#find(device)
    vdev.registration.unregister()
    if (vdev.registration.count > 0) vdev.request.ask()
    yield* vdev.registration.waitForAll()
    vdev.set.leave(vdev)
    this.#bound.delete(device)
    yield* this.#containers.leave(device)
  }

  /**
   * **Errors** EBUSY when its group is in another container, ENODEV while the driver is being unbound, EAGAIN when the
   * first open cannot lock the device.
   */
  *open(device: Device, { container = USUAL_CONTAINER }: OpenOptions = {}): Op<ExporterFile> {
    const vdev = this.#find(device)
    yield* this.#containers.join(device, container)
    if (!vdev.registration.tryOpen()) {
      throw new KernelError('ENODEV', 'TRG-15', `the driver of ${device.name} is being unbound`)
    }
    yield* vdev.set.lock.lock()
    try {
      vdev.open ??= yield* openDevice(vdev)
      vdev.openCount++
      return new VfioFile(vdev, vdev.open)
    } catch (error) {
      vdev.registration.put()
      throw error
    } finally {
      vdev.set.lock.unlock()
    }
  }

  checkAtEnd(): void {
    for (const vdev of this.#bound.values()) checkCounts(vdev)
  }

  #find(device: Device): VfioDevice {
    const vdev = this.#bound.get(device)
    if (vdev === undefined) throw new KernelError('ENODEV', 'VFIO-17', `${device.name} is not bound to vfio-pci`)
    return vdev
  }
}
