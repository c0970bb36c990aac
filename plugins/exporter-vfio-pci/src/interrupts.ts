/** Setting up interrupts (VFIO_DEVICE_SET_IRQS): the kernel writes the vectors into a table that lies in a BAR. */
import {
  advance,
  type Bus,
  hasBits,
  KernelError,
  type Op,
  PCI_COMMAND,
  PCI_COMMAND_MEMORY,
  type PhysAddr,
  readMsix,
  withBits,
} from '@barter/core'
import { barOf } from './bar-claims.ts'
import type { VfioDevice } from './vfio-device.ts'

const ENTRY_BYTES = 16

/** **Locks** takes `memory_lock` for writing. **Errors** EINVAL for more vectors than the table has. */
export function* armInterrupts(vdev: VfioDevice, vectors: number): Op<void> {
  const { device, services } = vdev
  const msix = readMsix(device.fn.config)
  const bar = msix ? barOf(device, msix.table.bar) : undefined
  if (!msix || bar === undefined || vectors > msix.vectors) {
    throw new KernelError('EINVAL', 'VFIO-22', `${device.name} has no ${vectors} interrupt vectors`)
  }
  yield* whileDecoding(vdev, writeTable(services.bus, advance(bar.start, msix.table.offset), vectors))
}

function* writeTable(bus: Bus, at: PhysAddr, vectors: number): Op<void> {
  for (let i = 0; i < vectors; i++) yield* bus.cpu('write', advance(at, i * ENTRY_BYTES), ENTRY_BYTES)
}

/**
 * Do `work` with memory decoding on, whatever user space has made of it: only the physical bit changes, so nothing that is
 * revoked becomes live, and nobody faults or reads meanwhile.
 * **Locks** takes `memory_lock` for writing. **Source** VFIO-22
 */
function* whileDecoding(vdev: VfioDevice, work: Op<void>): Op<void> {
  const { device, memoryLock } = vdev
  yield* memoryLock.downWrite()
  const command = device.config.read(PCI_COMMAND, 2)
  const decodes = hasBits(command, PCI_COMMAND_MEMORY)
  if (!decodes) device.config.write(PCI_COMMAND, 2, withBits(command, PCI_COMMAND_MEMORY))
  try {
    yield* work
  } finally {
    if (!decodes) device.config.write(PCI_COMMAND, 2, command)
    memoryLock.upWrite()
  }
}
