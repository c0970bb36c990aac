/** The devices of one IOMMU group in one context: they translate by the same domain, or by none. */
import { type Device, type IommuDomain, KernelError, type Lock, type Op } from '@barter/core'
import type { BoundDevice } from './bound-device.ts'
import type { Hwpt } from './hwpt.ts'
import type { IommufdServices } from './services.ts'

export class DeviceGroup {
  readonly #services: IommufdServices
  /** Taken before the locks of tables. */
  readonly lock: Lock
  readonly #attached = new Set<BoundDevice>()
  #hwpt: Hwpt | undefined
  #blocking: IommuDomain | undefined

  constructor(services: IommufdServices, name: string) {
    this.#services = services
    this.lock = services.kernel.lock(`group(${name})`)
  }

  get hwpt(): Hwpt | undefined {
    return this.#hwpt
  }

  has(device: BoundDevice): boolean {
    return this.#attached.has(device)
  }

  /** Owned, and translating by nothing. */
  *block(device: Device): Op<void> {
    if (this.#services.noIommu) return
    const domains = this.#services.domains()
    this.#blocking ??= domains.create(`nothing for ${device.name}`)
    yield* domains.attach(device, this.#blocking)
  }

  /**
   * **Locks** that of the group is held. **Errors** EINVAL when the group has another domain; EADDRINUSE when something is
   * mapped where the device has interrupts.
   */
  *attach(bound: BoundDevice, hwpt: Hwpt): Op<void> {
    this.lock.assertHeld()
    if (this.#hwpt !== undefined && this.#hwpt !== hwpt) {
      throw new KernelError(
        'EINVAL',
        'VFIO-63',
        `the group of ${bound.device.name} is attached to ${this.#hwpt.ioas.name}`,
      )
    }
    this.#keepReserved(bound, hwpt)
    if (this.#hwpt === undefined) yield* this.#translateBy(bound.device, hwpt)
    this.#hwpt = hwpt
    this.#attached.add(bound)
    hwpt.devices.add(bound)
  }

  /** All devices of the group move to another domain. **Locks** that of the group is held. **Errors** EADDRINUSE. */
  *replace(hwpt: Hwpt): Op<Hwpt | undefined> {
    this.lock.assertHeld()
    const before = this.#hwpt
    if (before === undefined || before === hwpt) return undefined
    const kept: BoundDevice[] = []
    try {
      for (const bound of before.ioas === hwpt.ioas ? [] : this.#attached) {
        this.#keepReserved(bound, hwpt)
        kept.push(bound)
      }
    } catch (error) {
      for (const { device } of kept) hwpt.ioas.table.unreserve(device)
      throw error
    }
    const [first] = this.#attached
    if (first !== undefined) yield* this.#translateBy(first.device, hwpt)
    for (const bound of this.#attached) {
      if (before.ioas !== hwpt.ioas) before.ioas.table.unreserve(bound.device)
      before.devices.delete(bound)
      hwpt.devices.add(bound)
    }
    this.#hwpt = hwpt
    return before
  }

  /** Gives the domain, if it has no device any more. **Locks** that of the group is held. */
  *detach(bound: BoundDevice): Op<Hwpt | undefined> {
    this.lock.assertHeld()
    const hwpt = this.#hwpt
    if (hwpt === undefined || !this.#attached.delete(bound)) return undefined
    hwpt.devices.delete(bound)
    hwpt.ioas.table.unreserve(bound.device)
    if (this.#attached.size === 0) {
      this.#hwpt = undefined
      yield* this.block(bound.device)
    }
    return hwpt.devices.size === 0 ? hwpt : undefined
  }

  #keepReserved({ device }: BoundDevice, { ioas }: Hwpt): void {
    if (this.#services.noIommu) return
    try {
      for (const { start, length } of this.#services.domains().reserved(device)) {
        const first = BigInt(start)
        ioas.table.reserve(device, { first, last: first + BigInt(length) - 1n })
      }
    } catch (error) {
      ioas.table.unreserve(device)
      throw error
    }
  }

  *#translateBy(device: Device, { domain: { iommu } }: Hwpt): Op<void> {
    if (iommu !== undefined) yield* this.#services.domains().attach(device, iommu)
  }
}
