/** When a run is over: do the counts add up (INV-6, INV-7, INV-28)? */
import type { VfioDevice } from './vfio-device.ts'

/** Tell the witness of what does not. */
export function checkCounts(vdev: VfioDevice): void {
  const { device, registration, files, openCount, buffers, cpuMemory } = vdev
  const { protocols, witness } = vdev.services
  const expected = (registration.registered ? 1 : 0) + files + buffers.length
  if (registration.count !== expected) {
    witness.leftover(`registration count ${registration.count} of ${device.name} where ${expected} is right`, 'INV-7')
  }
  if (openCount === 0) {
    for (const { name } of cpuMemory.mappings) witness.leftover(`${name}, a mapping of a closed device`, 'MM-10')
  }
  for (const buffer of buffers) {
    const { name, mappings, dmabuf } = buffer
    const mapped = dmabuf.attachments.filter((attachment) => attachment.table !== null).length
    if (!protocols.counting.agrees(buffer, mapped))
      witness.leftover(`mapping count ${mappings.count} of ${name}`, 'INV-6')
    if (openCount === 0) witness.leftover(`${name} on the list of a device that nobody has open`, 'INV-28')
  }
}
