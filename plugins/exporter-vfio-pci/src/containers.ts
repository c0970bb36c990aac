/**
 * VFIO containers as opened devices see them: who opens a device owns what its IOMMU group translates by. The kernel's own
 * domain of the group is out of use meanwhile, so addresses that a kernel driver gets for such a device lead nowhere.
 *
 * **Not modelled** the files of groups: a group leaves its container when the driver is unbound or the container is gone,
 * and not when the last file of its devices is closed, as when a program keeps the group open.
 */
import {
  type ContainerKind,
  ContractError,
  type Device,
  type Group,
  GROUP_OWNERS,
  type GroupOwners,
  isContainer,
  type Kernel,
  KERNEL,
  KernelError,
  type KernelObject,
  type Lock,
  type Op,
  type OpenOptions,
  type Scope,
  type Shared,
  type VfioContainer,
} from '@barter/core'
import { containersOf, type ContainersByName } from './plain-container.ts'

/** What a file is opened in when nothing is said, and its group is in none. */
const USUAL_CONTAINER = 'container'

export class Containers {
  readonly #owners: GroupOwners
  readonly #byName: ContainersByName
  readonly #members = new Map<Device, VfioContainer>()
  readonly #kernel: Kernel
  /** Each around who its owner is and what it translates by; taken before the lock of a container. */
  readonly #locks = new Map<Group, Lock>()
  /** For explorers: which groups there are, and which device is in which container. */
  readonly #groups: Shared
  readonly #shared: Shared

  constructor(run: Scope) {
    this.#kernel = run.get(KERNEL)
    this.#groups = this.#kernel.shared('groups of devices')
    this.#shared = this.#kernel.shared('containers of devices')
    this.#owners = run.get(GROUP_OWNERS)
    this.#byName = containersOf(run)
  }

  /** The driver takes the device: its group has a lock from here on. */
  probe(device: Device): void {
    const group = this.#owners.groupOf(device)
    this.#groups.read()
    if (this.#locks.has(group)) return
    this.#locks.set(group, this.#kernel.lock(`group of ${device.name}`))
    this.#groups.write()
  }

  /** Which container an `open` means. **Shape** `kind`: that which the device needs. */
  meant(device: Device, { container, containerObject, containerKind }: OpenOptions, kind: ContainerKind): KernelObject {
    if (containerObject !== undefined) return containerObject
    const owner = this.#owners.ownerOf(device) as KernelObject | undefined
    if (container === undefined && isContainer(owner)) return owner
    return this.#byName.called(container ?? USUAL_CONTAINER, containerKind ?? kind)
  }

  /**
   * Put the group of a device into a container. **Errors** EBUSY when somebody else has it open, EPERM when a driver of the
   * kernel uses it (VFIO-63). **Locks** takes that of the group.
   */
  *join(device: Device, container: VfioContainer, errno: 'EBUSY' | 'EPERM' = 'EBUSY'): Op<void> {
    const lock = this.#lockOf(device)
    yield* lock.lock()
    try {
      this.checkFree(device, container, errno)
      yield* container.join(device)
      this.#members.set(device, container)
      this.#shared.write()
    } finally {
      lock.unlock()
    }
  }

  /** A group has one user. **Errors** `errno` when it is in use, but by `container`. */
  checkFree(device: Device, container?: KernelObject, errno: 'EBUSY' | 'EPERM' = 'EBUSY'): void {
    const owner = this.#owners.ownerOf(device)
    if (owner === undefined || owner === container) return
    throw new KernelError(errno, 'VFIO-63', `the group of ${device.name} is in ${owner.name} already`)
  }

  /** The container that the device is in. */
  of(device: Device): VfioContainer | undefined {
    this.#shared.read()
    return this.#members.get(device)
  }

  /** Nobody but the kernel and its drivers has it. */
  isViable(device: Device): boolean {
    return this.#owners.ownerOf(device) === undefined && !this.#owners.usedByKernel(device)
  }

  /** The driver is gone from the device, or it goes to an iommufd. **Locks** takes that of the group. */
  *leave(device: Device): Op<void> {
    const lock = this.#lockOf(device)
    yield* lock.lock()
    try {
      const container = this.of(device)
      if (container === undefined) return
      this.#members.delete(device)
      this.#shared.write()
      yield* container.leave(device)
    } finally {
      lock.unlock()
    }
  }

  /** **Errors** `ContractError` for a device that was never probed. */
  #lockOf(device: Device): Lock {
    const lock = this.#locks.get(this.#owners.groupOf(device))
    if (lock === undefined) throw new ContractError('VFIO-63', `${device.name} is not bound to the driver`)
    return lock
  }
}
