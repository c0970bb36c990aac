/** The older container calls on an iommufd (T1-7): they act on one address space of it, and take no BAR. */
import { KernelError, type Op } from '@barter/core'
import type { Context } from './context.ts'
import { checkedLast } from './io-pagetable.ts'
import { ULONG_MAX } from './iova-space.ts'

export const COMPAT_TYPES = ['type1', 'type1v2', 'noiommu'] as const
export type CompatType = (typeof COMPAT_TYPES)[number]
export const EXTENSIONS = [...COMPAT_TYPES, 'unmapAll', 'updateVaddr'] as const
export type Extension = (typeof EXTENSIONS)[number]

/** What `VFIO_CHECK_EXTENSION` answers. */
export function hasExtension({ noIommuMode }: Context, extension: Extension): boolean {
  if (extension === 'noiommu') return true
  return extension !== 'updateVaddr' && !noIommuMode
}

/**
 * `VFIO_SET_IOMMU`. The oldest type may cut areas, which needs small pages.
 * **Errors** EINVAL for the type of the other mode; ENODEV before a group has joined.
 */
export function* setIommu(context: Context, type: CompatType): Op<void> {
  if ((type === 'noiommu') !== context.noIommuMode) {
    throw new KernelError('EINVAL', 'VFIO-63', `${context.name} is no container of type ${type}`)
  }
  if (type === 'noiommu') return
  const { table } = context.compatSpace()
  if (type === 'type1') yield* table.useLargePages(false)
}

/**
 * `VFIO_IOMMU_UNMAP_DMA`. Gives how many bytes; nothing there is no error.
 * **Errors** ENODEV without an address space; EINVAL; ENOENT for a range that cuts an area, EOPNOTSUPP if that may be cut
 * and is a lent buffer (IFD-11).
 */
export function* compatUnmap(context: Context, iova: bigint, length: bigint, all: boolean): Op<bigint> {
  const { table } = context.compatSpace()
  if (all) {
    if (iova !== 0n || length !== 0n) throw new KernelError('EINVAL', 'T1-7', 'everything has no place and no length')
    return yield* table.unmap({ first: 0n, last: ULONG_MAX })
  }
  const last = checkedLast(iova, length)
  if (!table.largePages) yield* table.cut(iova === 0n ? [last] : [last, iova - 1n])
  return yield* table.unmap({ first: iova, last })
}
