/** Which places of an address space may be taken, and how the kernel chooses one (`iopt_alloc_iova`). */
import { hex, KernelError, U64_SPAN } from '@barter/core'

/** **Units** bytes; both ends are in it. */
export interface Span {
  readonly first: bigint
  readonly last: bigint
}

export const ULONG_MAX = U64_SPAN - 1n
/** Behind all addresses. */
export const U64_END = U64_SPAN
/** The kernel tries to keep huge pages whole: a place is aligned to 2 MiB at most. */
const HUGE_PAGE = 2n ** 21n

/** What is left between `taken` spans, in order. */
export function holes(taken: readonly Span[], within: Span): readonly Span[] {
  const found: Span[] = []
  let { first } = within
  for (const span of [...taken].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (span.first > within.last) break
    if (span.first > first) found.push({ first, last: span.first - 1n })
    if (span.last >= first) first = span.last + 1n
  }
  if (first <= within.last) found.push({ first, last: within.last })
  return found
}

/**
 * The lowest free place. **Shape** `source`: where the memory is, as far as its alignment goes.
 * **Errors** EOVERFLOW for a length that cannot be, EINVAL when the source is aligned less than must be, ENOSPC.
 */
export function choosePlace(
  taken: readonly Span[],
  { length, source, alignment, pageSize }: { length: bigint; source: bigint; alignment: bigint; pageSize: bigint },
): bigint {
  if (length === 0n || length >= ULONG_MAX / 2n) {
    throw new KernelError('EOVERFLOW', 'IFD-1', `${hex(length)} bytes are in no address space`)
  }
  const wanted = least(powerOfTwo(length), source === 0n ? HUGE_PAGE : lowestBit(source), HUGE_PAGE)
  if (wanted < alignment) {
    throw new KernelError('EINVAL', 'IFD-2', `memory at ${hex(source)} is not on a multiple of ${hex(alignment)}`)
  }
  const inPage = source % pageSize
  for (const hole of holes(taken, { first: pageSize, last: ULONG_MAX - pageSize })) {
    const aligned = alignUp(hole.first, wanted)
    const start = aligned + (aligned % pageSize === 0n ? inPage : 0n)
    if (start <= hole.last && hole.last - start >= length - 1n) return start
  }
  throw new KernelError('ENOSPC', 'IFD-1', `no place is left for ${hex(length)} bytes`)
}

const least = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b))

const alignUp = (value: bigint, to: bigint): bigint => ((value + to - 1n) / to) * to

function powerOfTwo(atLeast: bigint): bigint {
  let power = 1n
  while (power < atLeast) power *= 2n
  return power
}

function lowestBit(value: bigint): bigint {
  let bit = 1n
  while (value % (bit * 2n) === 0n) bit *= 2n
  return bit
}
