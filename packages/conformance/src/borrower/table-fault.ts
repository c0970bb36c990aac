/** Is a table as importers may rely on (SGT-9 to SGT-11, INV-17)? */
import { formatLength, GiB, hex, isAligned, type SgTable } from '@barter/core'

export interface TableFault {
  readonly rule: string
  /** Goes on after "the table of buf0". */
  readonly what: string
}

/** What is wrong with it, if anything is. */
export function tableFault({ entries }: SgTable, size: number, pageSize: number): TableFault | undefined {
  const sum = entries.reduce((total, entry) => total + entry.length, 0)
  if (sum !== size)
    return { rule: 'INV-17', what: `covers ${formatLength(sum)}, and the buffer has ${formatLength(size)}` }
  for (const [i, { address, length }] of entries.entries()) {
    if (length <= 0 || length >= 4 * GiB) return { rule: 'SGT-9', what: `has an entry ${i} of ${formatLength(length)}` }
    if (isAligned(address, pageSize) && isAligned(length, pageSize)) continue
    return { rule: 'SGT-11', what: `has an entry ${i} of ${length} bytes at ${hex(address)}, which is not whole pages` }
  }
  return undefined
}
