/** What struct pages over a BAR cost, against a provider without any. */
import { structPageBytes } from '@barter/core'

export interface PgmapCost {
  readonly pages: number
  /** Memory for their struct pages. */
  readonly bytes: number
  /** `bytes` as a share of what is lent. */
  readonly share: number
}

/**
 * **Units** `length` and `pageSize` in bytes.
 * **Source** PGM-6. **Not modelled** page tables of the uncached linear mapping.
 */
export function pgmapCost(length: number, pageSize: number): PgmapCost {
  const bytes = structPageBytes(length, pageSize)
  return { pages: length / pageSize, bytes, share: length === 0 ? 0 : bytes / length }
}
