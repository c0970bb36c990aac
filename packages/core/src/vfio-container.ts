/** The kernel's own side of VFIO containers: what a driver that opens devices through their groups asks of them. */
import type { Device } from './device.ts'
import type { KernelObject } from './kernel-object.ts'
import type { Op } from './op.ts'
import { token } from './scope.ts'

export type ContainerKind = 'type1' | 'noiommu'

/** The address space of the groups in it. Counted: by its descriptor, and by every open file of a device in it. */
export interface VfioContainer extends KernelObject {
  readonly type: 'container'
  readonly kind: ContainerKind
  /**
   * The group of the device joins, if it is not in it. **Errors** EPERM when the kernel or another user owns the group
   * (VFIO-63).
   */
  join(device: Device): Op<void>
  /** The driver is gone from the device; with the last one of its group the kernel's domain is back. */
  leave(device: Device): Op<void>
  hold(): void
  /** The last one gone, nothing stays mapped and the groups go back to the kernel. */
  drop(): Op<void>
}

export interface VfioContainers {
  /** The container that a name stands for, made when it is first asked for; who names it keeps it open. */
  called(name: string, kind: ContainerKind): VfioContainer
}

export const VFIO_CONTAINERS = token<VfioContainers>('vfio-containers')

export const isContainer = (object: KernelObject | undefined): object is VfioContainer => object?.type === 'container'
