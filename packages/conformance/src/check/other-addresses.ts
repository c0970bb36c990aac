/** A platform on which the same memory has another address each time that it is mapped. */
import { advance, contains, type DmaApi, type IommuUnit, iova, type PhysRange, type Plugin, sleep } from '@barter/core'

const NAME = 'kit-other-addresses'
/** Above all that the machine of the kit has, and away from each other: one of before leads nowhere. */
const FIRST = iova(2 ** 45)
const APART = 2 ** 36

/** What leads where just now, by its address. */
export type Tables = Map<number, PhysRange>

/** **Shape** `tables`: of the run that is played. **Units** `unmapTakes`: ticks, in which the address still leads there. */
export function otherAddresses(tables: Tables = new Map(), unmapTakes = 0): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.platform.tap(NAME, (platform) => ({ ...platform, ...wandering(platform.iommu, tables, unmapTakes) }))
    },
  }
}

/** Requests of others go by `iommu`. */
function wandering(
  iommu: IommuUnit,
  mapped: Tables,
  unmapTakes: number,
): { readonly dma: DmaApi; readonly iommu: IommuUnit } {
  mapped.clear()
  let next = FIRST
  return {
    dma: {
      backend: () => 'legacy',
      *mapPhys(_, range) {
        const at = next
        next = advance(next, APART)
        mapped.set(at, range)
        return at
      },
      *unmapPhys(_, at) {
        if (unmapTakes > 0) yield* sleep(unmapTakes)
        mapped.delete(at)
      },
      tryAllocIova: () => undefined,
    },
    iommu: {
      translate: (requester, address, access, sent) => {
        if (address < FIRST) return iommu.translate(requester, address, access, sent)
        for (const [at, { start, length }] of mapped) {
          if (!contains(at, length, address)) continue
          const into = address - at
          return { kind: 'mapped', address: advance(start, into), length: length - into, cached: false }
        }
        return { kind: 'fault', why: 'nothing is mapped at this address any more' }
      },
    },
  }
}
