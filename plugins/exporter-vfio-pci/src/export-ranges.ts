/** Checks and arithmetic on the ranges of an export, exact in u64 (VFIO-8, VFIO-9b). */
import { hex, KernelError, physAddr, type PhysRange, U64_SPAN } from '@barter/core'

/** As user space wrote it: unchecked u64 bytes. */
export interface ExportRange {
  readonly offset: bigint
  readonly length: bigint
}

/** DMA state marks its size in this bit, so no size may have it. */
const DMA_IOVA_USE_SWIOTLB = 2n ** 63n

/**
 * Alignment of each range, then the sum.
 *
 * **Errors** EINVAL (VFIO-8): a length of 0, an offset or length that is no multiple of the page size, a sum of 2^63 or more.
 */
export function checkRanges(ranges: readonly ExportRange[], pageSize: number): void {
  const page = BigInt(pageSize)
  let total = 0n
  for (const { offset, length } of ranges) {
    if (length === 0n) throw invalid('VFIO-8', 'a range is empty')
    if (offset % page !== 0n) throw invalid('VFIO-8', `offset ${hex(offset)} is not a multiple of ${hex(page)}`)
    if (length % page !== 0n) throw invalid('VFIO-8', `length ${hex(length)} is not a multiple of ${hex(page)}`)
    total += length
    if (total >= U64_SPAN) throw invalid('VFIO-8', 'the sum of the lengths overflows')
  }
  if (total >= DMA_IOVA_USE_SWIOTLB) throw invalid('VFIO-8', `the sum of the lengths is ${hex(total)}`)
}

/**
 * Physical pieces of a BAR of `length` bytes at `start`.
 *
 * **Errors** per range in order (VFIO-9b): EINVAL when it is empty, EOVERFLOW when its start or end passes 2^64, EINVAL
 * when it ends behind the BAR.
 */
export function physicalPieces(start: number, length: number, ranges: readonly ExportRange[]): readonly PhysRange[] {
  const base = BigInt(start)
  const limit = base + BigInt(length)
  return ranges.map((range) => {
    if (range.length === 0n) throw invalid('VFIO-9b', 'a range is empty')
    const first = base + range.offset
    const end = first + range.length
    if (first >= U64_SPAN || end >= U64_SPAN) {
      throw new KernelError('EOVERFLOW', 'VFIO-9b', `the range at ${hex(range.offset)} passes the end of addresses`)
    }
    if (end > limit) {
      throw invalid('VFIO-9b', `the range at ${hex(range.offset)} ends ${hex(end - limit)} behind the BAR`)
    }
    return { start: physAddr(Number(first)), length: Number(range.length) }
  })
}

const invalid = (rule: string, asked: string): KernelError => new KernelError('EINVAL', rule, asked)
