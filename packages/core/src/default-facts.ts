/** The facts a topology tells by itself, with what a person changed. */
import { UsageError } from './errors.ts'
import type { Facts } from './facts.ts'
import { PGMAP_ARCHS } from './pgmap.ts'
import { checkedSwitches } from './switches.ts'
import type { Topology } from './topology.ts'

export type FactsChange = Partial<Omit<Facts, 'switches'>> & { readonly switches?: Iterable<string> }

const PAGE_SIZES = [4096, 16384, 65536]

/** **Errors** `UsageError` `PAGE_SIZE`, `SWITCH_UNKNOWN`. */
export function defaultFacts(topology: Topology, change: FactsChange = {}): Facts {
  const pageSize = change.pageSize ?? 4096
  if (!PAGE_SIZES.includes(pageSize)) {
    throw new UsageError('PAGE_SIZE', `page size ${pageSize} is not one that Linux runs with`, {
      hint: `use one of ${PAGE_SIZES.join(', ')}`,
    })
  }
  const cpu = change.cpu ?? topology.cpu
  return {
    pageSize,
    cpu,
    generation: change.generation ?? 'G2',
    pgmap: change.pgmap ?? (cpu.arch === undefined || PGMAP_ARCHS.includes(cpu.arch)),
    config: change.config ?? { p2pdma: true, vfioPciDmabuf: true },
    iommu: change.iommu ?? { mode: topology.iommu?.mode ?? 'none', strict: topology.iommu?.strict ?? false },
    switches: checkedSwitches(change.switches ?? []),
  }
}
