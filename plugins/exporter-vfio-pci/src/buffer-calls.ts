/** What happens to a buffer besides revokes, as lists: it is made and listed, mapped, unmapped, released. */
import {
  type Attachment,
  type Direction,
  freeSgt,
  instantStep,
  KernelError,
  physVecToSgt,
  protocolStep,
  type ProtocolSteps,
  type SgTable,
} from '@barter/core'
import type { VfioBuffer } from './vfio-buffer.ts'
import type { VfioDevice } from './vfio-device.ts'

/** A new buffer on its way to the list of its device. */
export interface Listing {
  readonly buffer: VfioBuffer
  readonly vdev: VfioDevice
}

/** VFIO-16: whether it is born revoked is asked where no trigger can come in between, and it is on the list right then. */
export const LIST: ProtocolSteps<Listing> = [
  protocolStep('lockMemory', 'VFIO-16', ({ vdev }) => vdev.memoryLock.downWrite()),
  protocolStep('lockResv', 'VFIO-16', ({ buffer }) => buffer.dmabuf.resv.lock.lock()),
  instantStep('setFirstState', 'VFIO-16', ({ buffer, vdev }) => {
    buffer.setFirstState(!vdev.mayLend)
  }),
  instantStep('list', 'VFIO-16', ({ buffer, vdev }) => {
    buffer.list(vdev)
  }),
  instantStep('unlockResv', 'VFIO-16', ({ buffer }) => {
    buffer.dmabuf.resv.lock.unlock()
  }),
  instantStep('unlockMemory', 'VFIO-16', ({ vdev }) => {
    vdev.memoryLock.upWrite()
  }),
]

/** VFIO-16: it is listed and no descriptor was free. A single put, and the release does the rest (BUG-3). */
export const TAKE_BACK: ProtocolSteps<VfioBuffer> = [
  instantStep('put', 'VFIO-16', (buffer) => {
    buffer.dmabuf.put()
  }),
]

/** One map or unmap. **Locks** the reservation is held. */
export interface MapCall {
  readonly buffer: VfioBuffer
  readonly attachment: Attachment
  readonly direction: Direction
  /** What was built, or what goes. */
  table?: SgTable
}

/** VFIO-26: the count goes up when there is a table, and only then. */
export const MAP: ProtocolSteps<MapCall> = [
  instantStep('refuseRevoked', 'VFIO-26', (call) => {
    if (call.buffer.revoked) throw mapRefused(call)
  }),
  protocolStep('buildTable', 'VFIO-26', function* (call) {
    const { buffer, attachment, direction } = call
    const { provider, pieces, target } = buffer
    call.table = yield* physVecToSgt(buffer.services.sgt, { attachment, provider, pieces, direction, target })
  }),
  instantStep('countMapping', 'VFIO-26', ({ buffer }) => {
    buffer.services.protocols.counting.mapped(buffer)
  }),
]

/** VFIO-26: legal, and required, while revoked. */
export const UNMAP: ProtocolSteps<MapCall> = [
  protocolStep('freeTable', 'VFIO-26', function* ({ buffer, attachment, direction, table }) {
    if (table !== undefined) yield* freeSgt(buffer.services.sgt, attachment, table, direction)
  }),
  instantStep('countUnmap', 'VFIO-26', ({ buffer }) => {
    buffer.services.protocols.counting.unmapped(buffer)
  }),
]

/** A buffer that still has its device when its last descriptor goes. */
export interface Release {
  readonly buffer: VfioBuffer
  readonly owner: VfioDevice
}

/** REV-9. */
export const RELEASE: ProtocolSteps<Release> = [
  protocolStep('lockMemory', 'VFIO-44', ({ owner }) => owner.memoryLock.downWrite()),
  instantStep('unlist', 'REV-9', ({ buffer }) => {
    buffer.unlist()
  }),
  instantStep('unlockMemory', 'VFIO-44', ({ owner }) => {
    owner.memoryLock.upWrite()
  }),
  instantStep('dropRegistration', 'VFIO-18', ({ buffer }) => {
    buffer.giveBackRegistration()
  }),
]

function mapRefused({ buffer, attachment }: MapCall): KernelError {
  const why = buffer.isDead ? `${buffer.name} is dead: its device was closed` : `${buffer.name} is revoked`
  const rule = buffer.isDead ? 'VFIO-24c' : 'VFIO-24b'
  const { name } = attachment.device
  buffer.services.trace.emit({ kind: 'map', buffer: buffer.name, device: name, errno: 'ENODEV', rule, why })
  return new KernelError('ENODEV', rule, `${name} cannot map: ${why}`)
}
