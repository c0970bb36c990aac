/**
 * What the export ioctl answers, written down once more from the table of the specification (VFIO-3 to VFIO-12), row by row
 * and in plain u64 arithmetic, to be held against the driver.
 */
import { type Bar, type Errno, isMemoryBar } from '@barter/core'

export interface RawRequest {
  readonly region: number
  readonly flags: number
  readonly nrRanges: number
  readonly argsz: number
  /** What user memory holds. */
  readonly ranges: readonly { readonly offset: bigint; readonly length: bigint }[]
}

const HEADER = 8
const FIXED = 16
const RANGE = 16
const SPAN = 2n ** 64n
/** Largest `kmalloc`: so many pages. */
const KMALLOC_PAGES = 1024

type Answer = { readonly errno: Errno } | { readonly size: bigint }
const refuse = (errno: Errno): Answer => ({ errno })

/** **Shape** `bars`: of the device, by index. */
export function answerTo(request: RawRequest, bars: readonly Bar[], pageSize: number): Answer {
  const { region, flags, nrRanges, argsz, ranges } = request
  const page = BigInt(pageSize)
  // VFIO-3, VFIO-6c, VFIO-7
  if (argsz < HEADER || argsz - HEADER < FIXED) return refuse('EINVAL')
  if (nrRanges === 0 || flags !== 0) return refuse('EINVAL')
  // VFIO-7b
  const bar = region < 6 ? bars.find(({ index }) => index === region) : undefined
  if (bar?.length === undefined) return refuse('ENODEV')
  // VFIO-7c
  if (nrRanges * RANGE > KMALLOC_PAGES * pageSize) return refuse('ENOMEM')
  if (nrRanges > ranges.length) return refuse('EFAULT')
  // VFIO-8
  const copied = ranges.slice(0, nrRanges)
  let size = 0n
  for (const { offset, length } of copied) {
    if (length === 0n || offset % page !== 0n || length % page !== 0n) return refuse('EINVAL')
    size += length
    if (size >= SPAN) return refuse('EINVAL')
  }
  if (size >= SPAN / 2n) return refuse('EINVAL')
  // VFIO-9, VFIO-9b
  if (!isMemoryBar(bar)) return refuse('EINVAL')
  for (const { offset, length } of copied) {
    const start = BigInt(bar.start) + offset
    if (start >= SPAN || start + length >= SPAN) return refuse('EOVERFLOW')
    if (offset + length > BigInt(bar.length)) return refuse('EINVAL')
  }
  return { size }
}
