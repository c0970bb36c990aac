/** The plugin: /dev/iommu, and an importer for driver `iommufd`, a device in the hands of user space. */
import {
  type CpuMapping,
  type Device,
  type DeviceNode,
  type DmaBuf,
  done,
  type Import,
  type Importer,
  type ImporterKind,
  type ImporterSupport,
  KernelError,
  numbering,
  type Op,
  type Plugin,
  type Scope,
  type StepValue,
} from '@barter/core'
import { Context } from './context.ts'
import type { IommufdOptions } from './options.ts'
import { iommufdServices, type IommufdServices } from './services.ts'
import { UserDevices } from './user-import.ts'
import { importOptions, TYPES } from './words.ts'

const NAME = 'importer-iommufd'

/** **Source** IFD-1 to IFD-14, T1-7, VFIO-64 */
export function iommufd(options: IommufdOptions = {}): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.importer.for('iommufd').tap(NAME, (run) => new IommufdDriver(run, options))
    },
  }
}

class IommufdDriver implements Importer {
  readonly driver = 'iommufd'
  readonly supports: ImporterSupport
  readonly kinds: readonly ImporterKind[]
  readonly options = importOptions
  readonly userOwned = true
  readonly node: DeviceNode
  readonly #services: IommufdServices
  readonly #devices: UserDevices
  readonly #next: () => number

  constructor(run: Scope, options: IommufdOptions) {
    this.#services = iommufdServices(run, options)
    this.#devices = new UserDevices(this.#services)
    this.#next = numbering(this.#services.kernel, 'iommufds')
    const { pins } = this.#services
    this.supports = { dynamic: true, peer2peer: true, invalidate: true, pins, restartable: false }
    this.kinds = [{ options: {}, supports: this.supports, takes: 'ranges', maps: 'import', unmaps: 'callback' }]
    this.node = {
      path: '/dev/iommu',
      opens: 'iommufd',
      types: TYPES,
      open: (_args, as) => this.#open(as),
    }
  }

  probe(): Op<void> {
    return done(undefined)
  }

  import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import> {
    return this.#devices.import(device, buffer, options)
  }

  /** **Errors** EFAULT: addresses are pinned, and a mapping of a BAR has no pages (T1-7). */
  *importMapping(device: Device, mapping: CpuMapping): Op<Import> {
    throw new KernelError('EFAULT', 'T1-7', `${mapping.name} has no pages that could be pinned for ${device.name}`)
  }

  *#open(as: string | undefined): Op<Context> {
    return new Context(this.#services, as ?? `iommufd ${this.#next()}`)
  }
}
