/** Opening a device through its group: which container it joins, or which iommufd in the place of one. */
import { isContainer, isIommufd, KernelError, type KernelObject, type Op, type OpenOptions } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

/**
 * Gives the container that the group is in from here on.
 * **Errors** EBUSY while the device is bound to an iommufd by its other door, or the group is in use elsewhere; ENODEV for a
 * container of the wrong kind, EINVAL for what is none; EPERM when a driver of the kernel uses the group (VFIO-63).
 */
export function* openInContainer(vdev: VfioDevice, options: OpenOptions): Op<KernelObject> {
  const { device, services } = vdev
  const { containers, withoutIommu } = services
  if (vdev.doors.iommufd !== undefined)
    throw new KernelError('EBUSY', 'VFIO-1', `${device.name} is bound to an iommufd`)
  const container = containers.meant(device, options, withoutIommu.containerKind)
  if (isContainer(container)) {
    withoutIommu.checkContainer(device, options.containerKind ?? container.kind)
    yield* containers.join(device, container)
    return container
  }
  if (!isIommufd(container)) throw new KernelError('EINVAL', 'VFIO-63', `${container.name} is no container`)
  withoutIommu.checkContainer(device, undefined)
  containers.checkFree(device, container)
  yield* container.joinGroup(withoutIommu.applies)
  return container
}
