/** What dma-buf core asks of the driver on behalf of importers. */
import {
  type Attachment,
  ContractError,
  type Direction,
  type DmaBufOps,
  KernelError,
  type Op,
  type PhysRange,
  point,
  runAsOne,
  type SgTable,
} from '@barter/core'
import type { MapCall } from './buffer-calls.ts'
import type { VfioBuffer } from './vfio-buffer.ts'

export function bufferOps(buffer: VfioBuffer): DmaBufOps {
  const ops: DmaBufOps = {
    attach: (attachment) => attach(buffer, attachment),
    map: (attachment, direction) => map(buffer, attachment, direction),
    unmap: (attachment, table, direction) => unmap(buffer, attachment, table, direction),
    physRanges: () => physRanges(buffer),
    release: () => release(buffer),
  }
  const { pin, unpin } = buffer.services.protocols.pinOps
  if (pin !== undefined) ops.pin = pin
  if (unpin !== undefined) ops.unpin = unpin
  return ops
}

/** **Errors** VFIO-25 in order. */
function* attach(buffer: VfioBuffer, attachment: Attachment): Op<void> {
  yield* point(`attach checks of ${buffer.name}`)
  for (const check of buffer.services.protocols.attachChecks) {
    if (!check.refuses(attachment, buffer)) continue
    throw new KernelError(
      check.errno,
      'VFIO-25',
      `${attachment.device.name} may not attach to ${buffer.name}: ${check.why}`,
    )
  }
}

/** **Locks** the reservation is held. **Errors** ENODEV while revoked; those of the table (VFIO-26). */
function* map(buffer: VfioBuffer, attachment: Attachment, direction: Direction): Op<SgTable> {
  buffer.dmabuf.resv.lock.assertHeld()
  const call: MapCall = { buffer, attachment, direction }
  yield* runAsOne(buffer.services.protocols.map, call)
  if (call.table === undefined) throw new ContractError('DMB-13', `a map of ${buffer.name} built no table`)
  return call.table
}

/** **Locks** the reservation is held. Legal, and required, while revoked (VFIO-26). */
function* unmap(buffer: VfioBuffer, attachment: Attachment, table: SgTable, direction: Direction): Op<void> {
  yield* runAsOne(buffer.services.protocols.unmap, { buffer, attachment, direction, table })
}

/** The private interconnect. **Errors** ENODEV while revoked, EOPNOTSUPP unless it is one range (IFD-4). */
function* physRanges(buffer: VfioBuffer): Op<readonly PhysRange[]> {
  buffer.dmabuf.resv.lock.assertHeld()
  if (buffer.revoked) throw new KernelError('ENODEV', 'IFD-4', `${buffer.name} is revoked`)
  if (buffer.pieces.length !== 1) {
    throw new KernelError('EOPNOTSUPP', 'IFD-4', `${buffer.name} is made of ${buffer.pieces.length} ranges`)
  }
  return buffer.pieces
}

/**
 * The file is gone (REV-9). A buffer that outlived its device has nothing left to give back.
 * **Locks** takes `memory_lock` for writing, so it never runs under it (VFIO-44).
 */
function* release(buffer: VfioBuffer): Op<void> {
  const { owner, services } = buffer
  if (owner !== null) {
    owner.memoryLock.assertNotHeld('INV-27')
    yield* runAsOne(services.protocols.release, { buffer, owner })
  }
  buffer.free()
  if (services.protocols.counting.agrees(buffer, 0)) return
  services.witness.leftover(`${buffer.mappings.count - 1} mappings of ${buffer.name}`, 'INV-6')
}
