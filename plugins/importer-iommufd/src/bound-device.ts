/** A device that its driver bound to a context (`struct iommufd_device`). */
import { type Device, type IommufdDevice, KernelError, type KernelObject, type Op } from '@barter/core'
import type { TableDomain } from './area.ts'
import type { Context } from './context.ts'
import type { DeviceGroup } from './device-group.ts'
import { Hwpt } from './hwpt.ts'
import { Ioas } from './ioas.ts'
import { U64_END } from './iova-space.ts'
import type { IommufdServices } from './services.ts'

export class BoundDevice implements IommufdDevice {
  readonly device: Device
  readonly #services: IommufdServices
  readonly #context: Context
  readonly #group: DeviceGroup

  constructor(services: IommufdServices, context: Context, device: Device, group: DeviceGroup) {
    this.#services = services
    this.#context = context
    this.device = device
    this.#group = group
  }

  attach(to: KernelObject | undefined): Op<void> {
    return this.#services.inside(this.#attach(to))
  }

  *#attach(to: KernelObject | undefined): Op<void> {
    if (!this.#context.has(to)) {
      throw new KernelError('ENOENT', 'IFD-1', `${to?.name ?? 'nothing'} is no address space of ${this.#context.name}`)
    }
    yield* this.#group.lock.lock()
    try {
      if (to instanceof Hwpt) yield* this.#use(to)
      else if (to instanceof Ioas) yield* this.#useAny(to)
    } finally {
      this.#group.lock.unlock()
    }
  }

  detach(): Op<void> {
    return this.#services.inside(this.#detach())
  }

  *#detach(): Op<void> {
    yield* this.#group.lock.lock()
    try {
      yield* this.#letGo(yield* this.#group.detach(this))
    } finally {
      this.#group.lock.unlock()
    }
  }

  unbind(): Op<void> {
    return this.#services.inside(this.#unbind())
  }

  *#unbind(): Op<void> {
    const { owners, noIommu, domains } = this.#services
    yield* this.#group.lock.lock()
    try {
      yield* this.#letGo(yield* this.#group.detach(this))
      // The next owner may let it translate at once, so what this one had is gone before.
      if (owners.isLast(this.device) && !noIommu) yield* domains().detach(this.device)
      owners.release(this.device)
    } finally {
      this.#group.lock.unlock()
    }
    yield* this.#context.unbound(this)
  }

  /** A domain of the address space, not attached to anybody yet. **Errors** those of the machine's IOMMU. */
  domainOf(ioas: Ioas): TableDomain {
    const { device } = this
    const services = this.#services
    const name = `${ioas.name} for ${device.name}`
    if (services.noIommu) {
      return { name, iommu: undefined, granule: services.pageSize, aperture: U64_END, device }
    }
    const { granule, aperture, create } = domainFacts(services)
    return { name, iommu: create(name), granule, aperture, device }
  }

  /** One of the kernel's own domains that suits, else a new one. */
  *#useAny(ioas: Ioas): Op<void> {
    if (this.#group.has(this) && this.#group.hwpt?.ioas === ioas && this.#group.hwpt.automatic) return
    for (const hwpt of ioas.hwpts) {
      if (!hwpt.automatic) continue
      try {
        return yield* this.#use(hwpt)
      } catch (error) {
        // Not for this device; another may be.
        if (!(error instanceof KernelError) || error.errno !== 'EINVAL') throw error
      }
    }
    const hwpt = new Hwpt(`${ioas.name} for ${this.device.name}`, ioas, this.domainOf(ioas), true)
    if (this.#group.has(this)) {
      // What it has is good until the new one is full.
      yield* hwpt.fill()
      return yield* this.#use(hwpt)
    }
    try {
      yield* this.#use(hwpt)
    } catch (error) {
      hwpt.forget()
      throw error
    }
    try {
      yield* hwpt.fill()
    } catch (error) {
      yield* this.#group.detach(this)
      throw error
    }
  }

  /** Attach, or move there with the whole group. */
  *#use(hwpt: Hwpt): Op<void> {
    if (this.#group.has(this)) return yield* this.#letGo(yield* this.#group.replace(hwpt))
    yield* this.#group.attach(this, hwpt)
  }

  *#letGo(hwpt: Hwpt | undefined): Op<void> {
    if (hwpt?.automatic === true && hwpt.devices.size === 0) yield* hwpt.destroy()
  }
}

function domainFacts(services: IommufdServices) {
  const domains = services.domains()
  return {
    granule: BigInt(domains.granule),
    aperture: BigInt(domains.aperture),
    create: (name: string) => domains.create(name),
  }
}
