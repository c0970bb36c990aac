/** What dma-buf core asks of the driver on behalf of importers. */
import {
  type Attachment,
  type Direction,
  type DmaBufOps,
  done,
  freeSgt,
  KernelError,
  type Op,
  physVecToSgt,
  point,
  runSteps,
  type SgTable,
} from '@barter/core'
import type { UverbsBuffer } from './uverbs-buffer.ts'

export const bufferOps = (buffer: UverbsBuffer): DmaBufOps => ({
  attach: (attachment) => attach(buffer, attachment),
  map: (attachment, direction) => map(buffer, attachment, direction),
  unmap: (attachment, table, direction) => unmap(buffer, attachment, table, direction),
  pin: ({ device }) => {
    throw new KernelError('EOPNOTSUPP', 'RDMA-18', `${device.name} may not pin ${buffer.name}, which can be taken back`)
  },
  unpin: () => done(undefined),
  release: () => release(buffer),
})

/**
 * All that is asked is whether it takes peer-to-peer addresses: neither whether it could be told to let go, nor whether
 * the buffer is still there. **Errors** EOPNOTSUPP.
 */
function* attach({ name }: UverbsBuffer, { peer2peer, device }: Attachment): Op<void> {
  yield* point(`attach checks of ${name}`)
  if (peer2peer) return
  const why = 'it does not take peer-to-peer addresses'
  throw new KernelError('EOPNOTSUPP', 'RDMA-18', `${device.name} may not attach to ${name}: ${why}`)
}

/** **Locks** the reservation is held. **Errors** ENODEV once it is taken back; those of the table. */
function* map(buffer: UverbsBuffer, attachment: Attachment, direction: Direction): Op<SgTable> {
  buffer.dmabuf.resv.lock.assertHeld()
  if (buffer.revoked) throw mapRefused(buffer, attachment)
  const { services, provider, entry } = buffer
  const pieces = [entry.range]
  const table = yield* physVecToSgt(services, { attachment, provider, pieces, direction, target: [entry.target] })
  buffer.mappings.get()
  return table
}

/** **Locks** the reservation is held. */
function* unmap(buffer: UverbsBuffer, attachment: Attachment, table: SgTable, direction: Direction): Op<void> {
  yield* freeSgt(buffer.services, attachment, table, direction)
  buffer.mappings.put()
}

/** The file is gone. **Locks** takes those of the list, none of them is held. */
function* release(buffer: UverbsBuffer): Op<void> {
  const { trace, protocols, witness } = buffer.services
  yield* runSteps(trace, 'uverbs release', buffer.name, protocols.release, buffer)
  buffer.free()
  if (!buffer.countAgrees(0)) witness.leftover(`mapping count ${buffer.mappings.count} of ${buffer.name}`, 'INV-6')
}

function mapRefused({ name, services }: UverbsBuffer, attachment: Attachment): KernelError {
  const device = attachment.device.name
  const why = `${name} is dead: it was taken back`
  services.trace.emit({ kind: 'map', buffer: name, device, errno: 'ENODEV', rule: 'RDMA-18', why })
  return new KernelError('ENODEV', 'RDMA-18', `${device} cannot map: ${why}`)
}
