/** `IOMMU_IOAS_NOIOMMU_GET_PA`: where something is, for a user who programs devices that no IOMMU stops (VFIO-64, HAZ-10). */
import { hex, KernelError, type Op, type PhysRange } from '@barter/core'
import type { Ioas } from './ioas.ts'

/**
 * **Units** bytes; `length`: the longest answer that is of use. **Errors** in order: EPERM without CAP_SYS_RAWIO, EINVAL
 * without a length, ENOENT where nothing is, EINVAL for what was revoked, EOPNOTSUPP unless a device without IOMMU is attached.
 */
export function* physicalAddress(ioas: Ioas, iova: bigint, length: bigint, rawio: boolean): Op<PhysRange> {
  if (!rawio) throw new KernelError('EPERM', 'VFIO-64', 'physical addresses are for CAP_SYS_RAWIO')
  if (length === 0n) throw new KernelError('EINVAL', 'VFIO-64', 'a length of 0')
  const [piece] = ioas.table.contiguous(iova, iova).areas
  if (piece === undefined) throw new KernelError('ENOENT', 'VFIO-64', `nothing is at ${hex(iova)} of ${ioas.name}`)
  const { area, pages } = piece
  const into = iova - area.iova
  const left = area.length - into
  const range = yield* pages.physical(area.startByte + into, length < left ? length : left)
  if (![...ioas.table.domains].some(({ iommu }) => iommu === undefined)) {
    throw new KernelError('EOPNOTSUPP', 'VFIO-64', `no device without IOMMU is attached to ${ioas.name}`)
  }
  return range
}
