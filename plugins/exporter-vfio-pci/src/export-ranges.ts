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

/** A range, and where it comes to lie. **Units** bytes; physical addresses, exact. */
interface PlacedRange {
  readonly range: ExportRange
  readonly first: bigint
  /** The first byte behind it; not wrapped. */
  readonly end: bigint
  /** The first byte behind the BAR. */
  readonly limit: bigint
}

export interface RangeCheck {
  readonly name: string
  /** **Shape** gives the refusal, if it refuses. */
  refusal(placed: PlacedRange): KernelError | undefined
}

/** VFIO-9b, in order. The BAR ends where it really ends, not with its last page (VFIO-14). */
export const RANGE_CHECKS: readonly RangeCheck[] = [
  {
    name: 'notEmpty',
    refusal: ({ range }) => (range.length === 0n ? invalid('VFIO-9b', 'a range is empty') : undefined),
  },
  {
    name: 'noWrap',
    refusal: ({ range, first, end }) =>
      first >= U64_SPAN || end >= U64_SPAN
        ? new KernelError('EOVERFLOW', 'VFIO-9b', `the range at ${hex(range.offset)} passes the end of addresses`)
        : undefined,
  },
  {
    name: 'insideBar',
    refusal: ({ range, end, limit }) =>
      end > limit
        ? invalid('VFIO-9b', `the range at ${hex(range.offset)} ends ${hex(end - limit)} behind the BAR`)
        : undefined,
  },
]

/**
 * Physical pieces of a BAR of `length` bytes at `start`.
 *
 * **Errors** per range, of the first check that refuses: EINVAL when it is empty, EOVERFLOW when its start or end passes
 * 2^64, EINVAL when it ends behind the BAR (VFIO-9b).
 */
export function physicalPieces(
  start: number,
  length: number,
  ranges: readonly ExportRange[],
  checks: readonly RangeCheck[] = RANGE_CHECKS,
): readonly PhysRange[] {
  const base = BigInt(start)
  const limit = base + BigInt(length)
  return ranges.map((range) => {
    const first = base + range.offset
    const placed: PlacedRange = { range, first, end: first + range.length, limit }
    for (const check of checks) {
      const refusal = check.refusal(placed)
      if (refusal !== undefined) throw refusal
    }
    return { start: physAddr(Number(first)), length: Number(range.length) }
  })
}

const invalid = (rule: string, asked: string): KernelError => new KernelError('EINVAL', rule, asked)
