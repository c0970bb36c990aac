/** When a run is over: do the counts add up (INV-6, INV-7, INV-28)? */
import type { VfioBuffer } from './vfio-buffer.ts'
import type { VfioDevice } from './vfio-device.ts'

/** Tell the witness of what does not. */
export function checkCounts(vdev: VfioDevice): void {
  const { device, registration, cpuMemory } = vdev
  const files = vdev.doors.files.now
  const openCount = vdev.doors.openCount.now
  const buffers = vdev.buffers.unlocked
  const { witness } = vdev.services
  const expected = (registration.registered ? 1 : 0) + files + buffers.length
  if (registration.count !== expected) {
    witness.leftover(`registration count ${registration.count} of ${device.name} where ${expected} is right`, 'INV-7')
  }
  if (openCount === 0) {
    for (const { name } of cpuMemory.mappings) witness.leftover(`${name}, a mapping of a closed device`, 'MM-10')
  }
  for (const buffer of buffers) {
    checkMappingCount(buffer)
    if (openCount === 0) witness.leftover(`${buffer.name} on the list of a device that nobody has open`, 'INV-28')
  }
}

/** Between two operations the count is that of the mappings, and one (INV-6). */
export function checkMappingCount(buffer: VfioBuffer): void {
  const mapped = buffer.dmabuf.tableCount
  const { protocols, witness } = buffer.services
  if (protocols.counting.agrees(buffer, mapped)) return
  const message = `the mapping count of ${buffer.name} is ${buffer.mappings.count} with ${mapped} mappings`
  witness.broken('INV-6', 'REV-3', message)
}

/** The device is about to be disabled: nothing of it may be lent any more (INV-26). The first kernels promise no such thing. */
export function checkGivenUp({ buffers, device, services }: VfioDevice): void {
  const { generation } = services.facts
  if (generation === 'G1' || generation === 'G1p') return
  const early = buffers.all.find(({ dmabuf }) => dmabuf.references > 0)
  if (early === undefined) return
  services.witness.broken('INV-26', 'TRG-14', `${device.name} is disabled while ${early.name} is still lent`)
}

/** On the list just while it has a device (INV-8). */
export function checkListed(buffer: VfioBuffer): void {
  const { listed, owner, name, services } = buffer
  if (listed === (owner !== null)) return
  const message = listed ? `${name} is dead and still listed` : `${name} has its device and is not listed any more`
  services.witness.broken('INV-8', 'REV-8', message)
}
