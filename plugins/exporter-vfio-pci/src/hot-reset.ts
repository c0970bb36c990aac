/** VFIO_DEVICE_PCI_HOT_RESET: a reset of the bus, which takes every device on it (TRG-10). */
import { busResetReach, type Device, KernelError, type Op, resetBus } from '@barter/core'
import { type GroupFile, isInGroups } from './group-file.ts'
import { wakeDevice } from './set-device-power.ts'
import { runTrigger } from './trigger.ts'
import type { VfioDevice } from './vfio-device.ts'

/** Devices that the reset takes, as `VFIO_DEVICE_GET_PCI_HOT_RESET_INFO` lists them. **Errors** ENODEV without a bus reset. */
export function hotResetReach(vdev: VfioDevice): readonly Device[] {
  const reach = vdev.device.fn.physicalFunction === undefined ? busResetReach(vdev.services.pci, vdev.device) : []
  if (reach.length === 0) throw new KernelError('ENODEV', 'TRG-10', `the bus of ${vdev.device.name} cannot be reset`)
  return reach
}

/**
 * Reset every device of the set. Who opened through a group proves by group files that it owns them all; who is bound to an
 * iommufd passes none, and owns what is bound to the same.
 *
 * **Locks** none held; takes that of the set, then only tries `memory_lock` of each member (VFIO-41).
 * **Errors** in order, before anything happens: EINVAL without groups, ENODEV without a bus reset, EINVAL for more groups
 * than devices, EBADF and EINVAL for a descriptor that is no group, EINVAL for a device of another driver or of another
 * owner, EBUSY when a `memory_lock` is held. Then those of the reset, after the whole window.
 */
export function* hotReset(vdev: VfioDevice, groups: readonly GroupFile[]): Op<void> {
  checkArguments(vdev, groups)
  const { set } = vdev
  yield* set.lock.lock()
  try {
    const stranger = hotResetReach(vdev).find((device) => !set.has(device.bdf))
    if (stranger !== undefined) throw invalid(`${stranger.name} is not bound to the driver`)
    const awake: VfioDevice[] = []
    try {
      for (const member of set.members) {
        yield* member.power.get()
        awake.push(member)
      }
      yield* resetAll(vdev, groups)
    } finally {
      for (const member of awake) yield* member.power.put()
    }
  } finally {
    set.lock.unlock()
  }
}

function* resetAll(vdev: VfioDevice, groups: readonly GroupFile[]): Op<void> {
  const { hotResetLocks } = vdev.services.protocols
  const reached: VfioDevice[] = []
  let failure: KernelError | undefined
  let began = false
  try {
    for (const member of vdev.set.members) {
      if (!owns(vdev, member, groups)) throw invalid(`${member.device.name} is another's`)
      if (!(yield* hotResetLocks.take(member))) {
        throw new KernelError('EBUSY', 'VFIO-41', `memory_lock of ${member.device.name} is held`)
      }
      reached.push(member)
      yield* runTrigger(member, 'hot reset begins')
    }
    for (const member of vdev.set.members) yield* wakeDevice(member)
    began = true
    yield* resetBus(vdev.services.pci, vdev.device)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    failure = error
  }
  // Only a reset that was begun can have left a device silent.
  const outcome = began ? failure : undefined
  for (const member of hotResetLocks.undone(reached, vdev.set.members))
    yield* runTrigger(member, 'hot reset ends', undefined, outcome)
  if (failure !== undefined) throw failure
}

/** Bound to the same iommufd, or in the group of one that is; or in one of the groups passed. */
function owns({ doors, set }: VfioDevice, member: VfioDevice, groups: readonly GroupFile[]): boolean {
  const { iommufd } = doors
  if (iommufd === undefined) return isInGroups(member.device, groups)
  const bound = set.members.filter((one) => one.doors.iommufd === iommufd)
  return isInGroups(
    member.device,
    bound.map(({ device }) => ({ kind: 'group', of: device })),
  )
}

/** What can be said without looking at other devices. */
function checkArguments(vdev: VfioDevice, groups: readonly GroupFile[]): void {
  if ((groups.length === 0) !== (vdev.doors.iommufd !== undefined)) {
    throw invalid(groups.length === 0 ? 'no groups, and the device was opened through one' : 'groups, and an iommufd')
  }
  const reach = hotResetReach(vdev)
  if (groups.length > reach.length) throw invalid(`${groups.length} groups for ${reach.length} devices`)
  for (const file of groups) {
    if (file.kind === 'closed') throw new KernelError('EBADF', 'TRG-10', 'a descriptor of a group is closed')
    if (file.kind === 'other') throw invalid('a descriptor is not a VFIO group')
  }
}

const invalid = (asked: string): KernelError => new KernelError('EINVAL', 'TRG-10', asked)
