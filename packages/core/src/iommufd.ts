/**
 * The kernel's own side of iommufd, as the VFIO core calls it (`iommufd_device_bind` and its kin): what a driver that opens
 * devices asks of an iommufd that a process handed to it.
 */
import type { Device } from './device.ts'
import type { KernelObject } from './kernel-object.ts'
import type { Op } from './op.ts'

export interface IommufdContext extends KernelObject {
  readonly type: 'iommufd'
  /**
   * Take the device over: its IOMMU group belongs to this context, and translates by nothing until it is attached.
   * **Errors** EPERM when the group has another owner (VFIO-63). **Shape** `noIommu`: no IOMMU stands before the device.
   */
  bind(device: Device, noIommu: boolean): Op<IommufdDevice>
  /**
   * The group of a device joins the context in the place of a container: there is an address space for the older calls from
   * now on, or, without an IOMMU, none ever. **Errors** EINVAL when the context is used in the other way already.
   */
  joinGroup(noIommu: boolean): Op<void>
  /** The address space of the older calls. **Errors** ENODEV when there is none. */
  compatSpace(): KernelObject
}

/** One device in the hands of a context. */
export interface IommufdDevice {
  /**
   * Translate by an address space, or by a domain of one, instead of what did before.
   * **Errors** ENOENT for what is none of this context, EINVAL when the group is attached elsewhere, EADDRINUSE when something
   * is mapped where the device cannot have it; those of filling a new domain.
   */
  attach(to: KernelObject | undefined): Op<void>
  /** Translate by nothing. */
  detach(): Op<void>
  /** The last file of the device is closed: detach, and give the group back. Does not fail. */
  unbind(): Op<void>
}

export const isIommufd = (object: KernelObject | undefined): object is IommufdContext => object?.type === 'iommufd'
