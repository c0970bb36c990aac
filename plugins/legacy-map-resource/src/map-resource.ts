/** The plugin: an exporter for driver `vfio-pci-map-resource`. */
import {
  type Completion,
  type Device,
  enableMemory,
  type Exporter,
  type ExporterFile,
  KERNEL,
  KernelError,
  type Op,
  type Plugin,
  type Scope,
  sgtServices,
} from '@barter/core'
import { MapResourceFile, type Services } from './map-resource-file.ts'

const NAME = 'legacy-map-resource'
const DRIVER = 'vfio-pci-map-resource'

/** **Shape** no options. **Source** DMA-11 to DMA-19 */
export function mapResource(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.exporter.for(DRIVER).tap(NAME, (run) => new MapResourceDriver(run))
    },
  }
}

/** A bound device: how many files are open, and the end of the last one. */
interface Bound {
  files: number
  leaving: boolean
  readonly closed: Completion
}

class MapResourceDriver implements Exporter {
  readonly driver = DRIVER
  readonly controls = {}
  readonly kind = {
    addresses: 'map-resource',
    admits: 'revocable',
    pin: 'succeeds',
    revoke: 'waits',
    ranges: false,
    mmap: 'none',
  } as const
  readonly #services: Services
  readonly #bound = new Map<Device, Bound>()

  constructor(run: Scope) {
    const counts = new Map<Device, number>()
    const nextBuffer = (device: Device): number => {
      const count = (counts.get(device) ?? 0) + 1
      counts.set(device, count)
      return count
    }
    this.#services = { ...sgtServices(run), kernel: run.get(KERNEL), nextBuffer }
  }

  *probe(device: Device): Op<void> {
    device.lock.assertHeld()
    enableMemory(device)
    const closed = this.#services.kernel.completion(`files(${device.name})`)
    this.#bound.set(device, { files: 0, leaving: false, closed })
  }

  /** Waits for those who have it open (TRG-15). */
  *remove(device: Device): Op<void> {
    device.lock.assertHeld()
    const bound = this.#find(device)
    bound.leaving = true
    if (bound.files > 0) yield* bound.closed.wait('registration')
    this.#bound.delete(device)
  }

  /** **Errors** ENODEV when the driver is not bound, or is on its way out. */
  *open(device: Device): Op<ExporterFile> {
    const bound = this.#find(device)
    bound.files++
    return new MapResourceFile(this.#services, device, () => {
      if (--bound.files === 0 && bound.leaving) bound.closed.complete()
    })
  }

  #find(device: Device): Bound {
    const bound = this.#bound.get(device)
    if (bound === undefined || bound.leaving) throw new KernelError('ENODEV', 'TRG-15', `${device.name} has no driver`)
    return bound
  }
}
