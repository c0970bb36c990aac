/** Between two operations the pairs that pages of a lent buffer track are those of their areas and the domains (INV-24). */
import { hex, type Witness } from '@barter/core'
import type { Area, TableDomain } from './area.ts'
import type { Pages } from './pages.ts'

export interface Filled {
  readonly area: Area
  readonly pages: Pages
}

/**
 * Tell the witness of an area that is not tracked once for each domain, or for any other.
 * **Locks** nobody changes the domains or the areas meanwhile.
 */
export function checkTracked(witness: Witness, areas: readonly Filled[], domains: ReadonlySet<TableDomain>): void {
  for (const { area, pages } of areas) {
    const tracked = pages.trackedFor(area)
    if (tracked === undefined) continue
    const wrong = faultOf(tracked, domains)
    if (wrong === undefined) continue
    witness.broken('INV-24', 'IFD-7', `the area at ${hex(area.iova)} is ${wrong}`)
  }
}

function faultOf(tracked: readonly TableDomain[], domains: ReadonlySet<TableDomain>): string | undefined {
  for (const [i, domain] of tracked.entries()) {
    if (!domains.has(domain)) return `still tracked for ${domain.name}, which does not have it`
    if (tracked.indexOf(domain) !== i) return `tracked twice for ${domain.name}`
  }
  for (const domain of domains) if (!tracked.includes(domain)) return `not tracked for ${domain.name}, which has it`
  return undefined
}
