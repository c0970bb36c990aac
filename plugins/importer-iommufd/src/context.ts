/** An open iommufd: what is in it, and who holds it. Its descriptor and every device bound to it do. */
import {
  type ControlCall,
  type Device,
  type IommufdContext,
  KernelError,
  type KernelObject,
  type Op,
  type StepValue,
} from '@barter/core'
import { BoundDevice } from './bound-device.ts'
import { DeviceGroup } from './device-group.ts'
import { contextWord } from './handlers.ts'
import { Hwpt } from './hwpt.ts'
import { Ioas } from './ioas.ts'
import { ULONG_MAX } from './iova-space.ts'
import type { IommufdServices } from './services.ts'

export class Context implements IommufdContext {
  readonly type = 'iommufd'
  readonly name: string
  readonly services: IommufdServices
  readonly #objects = new Set<Ioas | Hwpt>()
  readonly #bound = new Map<Device, BoundDevice>()
  readonly #groups = new Map<number | string, DeviceGroup>()
  #open = true
  #compat: Ioas | undefined
  #noIommuMode = false

  constructor(services: IommufdServices, name: string) {
    this.services = services
    this.name = name
  }

  /** **Errors** EBADF once the descriptor is closed; those of the word. */
  control(word: string, args: Readonly<Record<string, StepValue>>, call: ControlCall): Op<StepValue> {
    return this.services.inside(contextWord(this, word, args, call))
  }

  /** **Errors** EBADF: words about what is in it go through its descriptor. */
  checkOpen(): void {
    if (!this.#open) throw new KernelError('EBADF', 'IFD-5', `${this.name} is closed`)
  }

  /** It is an object of this context that was not destroyed. */
  has(object: KernelObject | undefined): object is Ioas | Hwpt {
    return (object instanceof Ioas || object instanceof Hwpt) && this.#objects.has(object)
  }

  get spaces(): readonly Ioas[] {
    return [...this.#objects].filter((object) => object instanceof Ioas)
  }

  newSpace(called: string | undefined): Ioas {
    const ioas = new Ioas(this.services, this, called)
    this.#objects.add(ioas)
    return ioas
  }

  /** A domain that the user asks for. **Errors** those of filling it. */
  *newDomain(bound: BoundDevice, ioas: Ioas, called: string): Op<Hwpt> {
    const hwpt = new Hwpt(called, ioas, bound.domainOf(ioas), false)
    yield* hwpt.fill()
    this.#objects.add(hwpt)
    return hwpt
  }

  /** **Errors** EBUSY while something uses it. */
  *destroy(object: Ioas | Hwpt): Op<void> {
    if (object instanceof Hwpt ? object.devices.size > 0 : object.hwpts.length > 0) {
      throw new KernelError('EBUSY', 'IFD-9', `${object.name} is in use`)
    }
    yield* this.#remove(object)
  }

  /** **Errors** EPERM when the group has another owner (VFIO-63). */
  bind(device: Device, noIommu: boolean): Op<BoundDevice> {
    return this.services.inside(this.#bindTo(device, noIommu))
  }

  *#bindTo(device: Device, noIommu: boolean): Op<BoundDevice> {
    const group = this.#groupOf(device)
    yield* group.lock.lock()
    try {
      const { owners } = this.services
      const isNew = owners.ownerOf(device) === undefined
      owners.claim(device, this)
      // Nobody may let the group translate before, or it would be undone.
      if (isNew && !noIommu) yield* group.block(device)
    } finally {
      group.lock.unlock()
    }
    const bound = new BoundDevice(this.services, this, device, group)
    this.#bound.set(device, bound)
    return bound
  }

  boundDevice(device: Device | undefined): BoundDevice | undefined {
    return device === undefined ? undefined : this.#bound.get(device)
  }

  /** A device is not bound any more. */
  *unbound({ device }: BoundDevice): Op<void> {
    this.#bound.delete(device)
    yield* this.#endIfUnused()
  }

  joinGroup(noIommu: boolean): Op<void> {
    return this.services.inside(this.#joinGroup(noIommu))
  }

  *#joinGroup(noIommu: boolean): Op<void> {
    if (noIommu ? this.#compat !== undefined : this.#noIommuMode) {
      throw new KernelError('EINVAL', 'VFIO-63', `${this.name} serves devices ${noIommu ? 'with' : 'without'} an IOMMU`)
    }
    if (noIommu) this.#noIommuMode = true
    else this.#compat ??= this.newSpace(undefined)
  }

  get noIommuMode(): boolean {
    return this.#noIommuMode
  }

  compatSpace(): Ioas {
    if (this.#compat === undefined) {
      throw new KernelError('ENODEV', 'T1-7', `${this.name} has no address space for the older calls`)
    }
    return this.#compat
  }

  setCompatSpace(ioas: Ioas | undefined): void {
    this.#compat = ioas
  }

  /** The descriptor is gone. */
  close(): Op<void> {
    return this.services.inside(this.#close())
  }

  *#close(): Op<void> {
    this.#open = false
    yield* this.#endIfUnused()
  }

  *#endIfUnused(): Op<void> {
    if (this.#open || this.#bound.size > 0) return
    const objects = [...this.#objects]
    for (const object of objects) if (object instanceof Hwpt) yield* this.#remove(object)
    for (const object of objects) if (object instanceof Ioas) yield* this.#remove(object)
  }

  *#remove(object: Ioas | Hwpt): Op<void> {
    this.#objects.delete(object)
    if (object instanceof Hwpt) return yield* object.destroy()
    if (this.#compat === object) this.#compat = undefined
    yield* object.table.unmap({ first: 0n, last: ULONG_MAX })
  }

  #groupOf(device: Device): DeviceGroup {
    const key = this.services.owners.groupOf(device)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const made = new DeviceGroup(this.services, `${device.name} in ${this.name}`)
    this.#groups.set(key, made)
    return made
  }
}
