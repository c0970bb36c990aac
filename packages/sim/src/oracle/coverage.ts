/** Do the entries of a table make up the buffer? (INV-17) */
import { hex, type MappingFacts } from '@barter/core'

/** What is wrong with it, as a clause. **Units** bytes. */
export function coverageFault({ entries, target }: MappingFacts, pageSize: number): string | undefined {
  let covered = 0
  for (const { address, length } of entries) {
    covered += length
    if (length > 2 ** 32 - pageSize) return `an entry of ${hex(length)} bytes is too long`
    if (address % pageSize !== 0) return `an entry begins at ${hex(address)}, inside a page`
    if (length % pageSize !== 0) return `an entry of ${hex(length)} bytes ends inside a page`
  }
  let wanted = 0
  for (const { length } of target) wanted += length
  return covered === wanted ? undefined : `${hex(covered)} bytes for a buffer of ${hex(wanted)}`
}
