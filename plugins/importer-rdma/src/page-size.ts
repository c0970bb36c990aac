/** The page size of a translation table: the biggest with which the hardware can still express it. */
import { GiB, KiB, MiB } from '@barter/core'
import type { Segment } from './umem-dmabuf.ts'

/** mlx5: every power of two from 4 KiB to 2 GiB. Largest first, as all lists of sizes here. */
export const MLX5_PAGE_SIZES: readonly number[] = Array.from({ length: 20 }, (_, i) => (2 * GiB) / 2 ** i)
/** irdma. */
export const IRDMA_PAGE_SIZES: readonly number[] = [GiB, 2 * MiB, 4 * KiB]

/**
 * The page size for a region, as `ib_umem_find_best_pgsz()` finds it.
 *
 * **Shape** `iova`: u64 address of the first byte; `sizes` that the hardware has, powers of two, largest first; `undefined`: no size
 * fits. **Units** bytes. **Source** RDMA-11
 */
export function bestPageSize(
  segments: readonly Segment[],
  iova: bigint,
  sizes: readonly number[] = MLX5_PAGE_SIZES,
): number | undefined {
  const runs = joined(segments)
  // Powers of two: what an address is in a page of the largest tells what it is in any other.
  const place = Number(iova % BigInt(sizes[0] ?? 1))
  const length = runs.reduce((sum, run) => sum + run.length, 0)
  return sizes.find((size, i) => {
    const smaller = sizes[i + 1]
    // One page of the next size would do for the whole region.
    if (smaller !== undefined && (place % smaller) + length <= smaller) return false
    return runs.every((run, at) => fits(run, at === 0, place % size, size))
  })
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
