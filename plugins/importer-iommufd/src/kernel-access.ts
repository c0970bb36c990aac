/** Touching an address space from inside the kernel, as drivers of emulated devices do (`iommufd_access`, IFD-11). */
import { hex, KernelError, type Op } from '@barter/core'
import { checkedLast } from './io-pagetable.ts'
import type { Ioas } from './ioas.ts'
import type { Rights } from './rights.ts'
import type { IommufdServices } from './services.ts'

export interface KernelAccess {
  /** `rw`: copy bytes by the CPU; `pin`: hold pages, and let go of them. */
  readonly kind: 'rw' | 'pin'
  readonly iova: bigint
  readonly length: bigint
  readonly write: boolean
}

/**
 * **Errors** EINVAL without a length, for a lent buffer, revoked or not, and for pins that are not whole pages; before that
 * EPERM against the rights of an area; ENOENT where nothing is.
 */
export function* accessFromKernel(services: IommufdServices, ioas: Ioas, access: KernelAccess): Op<void> {
  const { kind, iova, length, write } = access
  const { table } = ioas
  // Pinning comes with an alignment of pages, which the areas have to keep.
  if (kind === 'pin') table.checkAlignment(services.pageSize)
  const last = checkedLast(iova, length)
  const { areas, whole } = table.contiguous(iova, last)
  for (const [i, piece] of areas.entries()) {
    const { area, pages, first } = piece
    checkRights(area.rights, write, iova)
    if (pages.type === 'dmabuf') {
      throw new KernelError('EINVAL', 'IFD-11', `${hex(first)} is a lent buffer, which the CPU has no pages of`)
    }
    const startByte = area.startByte + (first - area.iova)
    const bytes = piece.last - first + 1n
    const isLast = i === areas.length - 1
    const odd = startByte % services.pageSize !== 0n || (!isLast && bytes % services.pageSize !== 0n)
    if (kind === 'pin' && odd) throw new KernelError('EINVAL', 'IFD-11', `${hex(first)} is inside a page`)
    const range = yield* pages.physical(startByte, bytes)
    if (kind === 'rw') yield* services.bus.cpu(write ? 'write' : 'read', range.start, range.length)
  }
  if (!whole) throw new KernelError('ENOENT', 'IFD-11', `not all of ${hex(iova)} is mapped in ${ioas.name}`)
}

function checkRights({ read, write }: Rights, writes: boolean, iova: bigint): void {
  if (writes ? write : read) return
  throw new KernelError('EPERM', 'IFD-11', `${hex(iova)} may not be ${writes ? 'written' : 'read'}`)
}
