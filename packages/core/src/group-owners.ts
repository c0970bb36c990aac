/**
 * Who owns the DMA of each IOMMU group: drivers of the kernel, or one user and nobody else (`iommu_group_claim_dma_owner`).
 * Functions that the IOMMU cannot keep apart must not be in two hands.
 */
import type { Device } from './device.ts'
import { KernelError } from './errors.ts'
import type { Facts } from './facts.ts'
import type { Kernel } from './kernel.ts'
import type { Shared } from './shared.ts'
import { type GroupPolicy, runningGroups } from './iommu-groups.ts'
import { token } from './scope.ts'
import type { Topology } from './topology.ts'

/** A container, an iommufd: whoever user space translates with. Compared by identity. */
export interface GroupOwner {
  readonly name: string
}

/** A number, or the name of a device that is alone. */
export type Group = number | string

interface Claim {
  readonly owner: GroupOwner
  readonly devices: Set<Device>
}

export class GroupOwners {
  readonly #ofUsers: (device: Device) => Group
  /** `undefined`: nobody looks at drivers of the kernel. */
  readonly #ofKernel: ((device: Device) => Group) | undefined
  readonly #claims = new Map<Group, Claim>()
  /** Devices that drivers of the kernel use, through the kernel's own domain. */
  readonly #used = new Set<Device>()
  readonly #shared: Shared

  /**
   * Users are held to the groups that the IOMMU translates for. Between users and drivers of the kernel groups count only when
   * the facts say which there are: with the intended ones no driver has a peer by bus address (VFIO-63, ACS-14).
   */
  constructor(kernel: Kernel, topology: Topology, facts: Facts) {
    this.#shared = kernel.shared('owners of IOMMU groups')
    const given = facts.iommu.groups
    const usual: GroupPolicy = facts.switches.has('BUG-44') ? 'kernel-7.3' : 'ideal'
    this.#ofUsers = groupsBy(topology, facts, given ?? usual)
    this.#ofKernel = given === undefined ? undefined : groupsBy(topology, facts, given)
  }

  /** The group of a device, as users are held to it. */
  groupOf(device: Device): Group {
    return this.#ofUsers(device)
  }

  /** The user who owns the group of a device now. */
  ownerOf(device: Device): GroupOwner | undefined {
    this.#shared.read()
    return this.#claims.get(this.#ofUsers(device))?.owner
  }

  /** Does a driver of the kernel use a device of the group? */
  usedByKernel(device: Device): boolean {
    this.#shared.read()
    const groupOf = this.#ofKernel
    return groupOf !== undefined && [...this.#used].some((other) => groupOf(other) === groupOf(device))
  }

  /** Take the group of a device for a user. **Errors** EPERM when the kernel uses it or another user owns it (VFIO-63). */
  claim(device: Device, owner: GroupOwner): void {
    if (this.usedByKernel(device)) {
      throw new KernelError('EPERM', 'VFIO-63', `a driver of the kernel uses the group of ${device.name}`)
    }
    this.#shared.write()
    const group = this.#ofUsers(device)
    const claim = this.#claims.get(group) ?? { owner, devices: new Set() }
    if (claim.owner !== owner) {
      throw new KernelError('EPERM', 'VFIO-63', `the group of ${device.name} belongs to ${claim.owner.name}`)
    }
    claim.devices.add(device)
    this.#claims.set(group, claim)
  }

  /** Is it the last device by which its user owns the group? */
  isLast(device: Device): boolean {
    this.#shared.read()
    const claim = this.#claims.get(this.#ofUsers(device))
    return claim?.devices.size === 1 && claim.devices.has(device)
  }

  /** The user lets go of a device. Gives true when its group is free by that. */
  release(device: Device): boolean {
    this.#shared.write()
    const group = this.#ofUsers(device)
    const claim = this.#claims.get(group)
    if (claim?.devices.delete(device) !== true || claim.devices.size > 0) return false
    this.#claims.delete(group)
    return true
  }

  /** A driver of the kernel is bound to the device. **Errors** EBUSY when a user owns its group (VFIO-63). */
  useByKernel(device: Device): void {
    this.#shared.write()
    const groupOf = this.#ofKernel
    for (const { owner, devices } of groupOf === undefined ? [] : this.#claims.values()) {
      if (![...devices].some((one) => groupOf?.(one) === groupOf?.(device))) continue
      throw new KernelError('EBUSY', 'VFIO-63', `the group of ${device.name} belongs to ${owner.name}`)
    }
    this.#used.add(device)
  }
}

/** Without an IOMMU each device is by itself. */
function groupsBy(topology: Topology, facts: Facts, policy: GroupPolicy): (device: Device) => Group {
  const groups = facts.iommu.mode === 'none' ? undefined : runningGroups(topology, policy)
  return ({ bdf }) => groups?.get(bdf) ?? bdf
}

/** Given by core itself. */
export const GROUP_OWNERS = token<GroupOwners>('group-owners')
