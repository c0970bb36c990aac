/** The page size of a translation table: the biggest with which the hardware can still express it. */
import { KiB, MiB } from '@barter/core'
import type { Segment } from './umem-dmabuf.ts'

export const SMALLEST_PAGE = 4 * KiB
export const LARGEST_PAGE = 2048 * MiB

/**
 * The page size for a region, as `ib_umem_find_best_pgsz()` finds it.
 *
 * **Shape** `iova`: u64 address of the first byte; `undefined`: no size fits. **Units** bytes. **Source** RDMA-11
 */
export function bestPageSize(segments: readonly Segment[], iova: bigint): number | undefined {
  const runs = joined(segments)
  const length = runs.reduce((sum, run) => sum + run.length, 0)
  for (let size = LARGEST_PAGE; size >= SMALLEST_PAGE; size /= 2) {
    const first = Number(iova % BigInt(size))
    // Half of it would do for the whole region in as few pages.
    const tooBig = size > SMALLEST_PAGE && first + length <= size / 2
    if (!tooBig && runs.every((run, i) => fits(run, i === 0, first, size))) return size
  }
  return undefined
}

/** Within a page all bytes are at the same place in both address spaces, and a new run begins on a new page. */
function fits(run: Segment, isFirst: boolean, iovaOfFirst: number, size: number): boolean {
  const at = (iovaOfFirst + run.start) % size
  return run.address % size === at && (isFirst || at === 0)
}

/** Neighbours whose addresses go on without a gap. */
function joined(segments: readonly Segment[]): readonly Segment[] {
  const runs: Segment[] = []
  for (const segment of segments) {
    const last = runs.at(-1)
    if (last !== undefined && last.address + last.length === segment.address) {
      runs[runs.length - 1] = { ...last, length: last.length + segment.length }
    } else runs.push(segment)
  }
  return runs
}
