/** A machine without an IOMMU, or one in pass-through mode: what a device emits is what the root complex decodes. */
import { ADDRESS_LIMIT, type IommuUnit, physAddr } from '@barter/core'

export function passThrough(): IommuUnit {
  return {
    translate: (_requester, address) => ({
      kind: 'pass',
      address: physAddr(address),
      length: ADDRESS_LIMIT - address,
    }),
  }
}
