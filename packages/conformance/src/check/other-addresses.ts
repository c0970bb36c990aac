/** A platform on which the same memory has another address each time that it is mapped. */
import { advance, contains, type DmaApi, type IommuUnit, iova, type PhysRange, type Plugin } from '@barter/core'

const NAME = 'kit-other-addresses'
/** Above all that the machine of the kit has, and away from each other: one of before leads nowhere. */
const FIRST = iova(2 ** 45)
const APART = 2 ** 36

export function otherAddresses(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.platform.tap(NAME, (platform) => ({ ...platform, ...wandering(platform.iommu) }))
    },
  }
}

/** Requests of others go by `iommu`. */
function wandering(iommu: IommuUnit): { readonly dma: DmaApi; readonly iommu: IommuUnit } {
  const mapped = new Map<number, PhysRange>()
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
