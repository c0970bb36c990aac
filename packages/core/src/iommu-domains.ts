/**
 * Translation domains for those who map by themselves, past the DMA API: iommufd is one (IFD-6). Given by whoever plays
 * the IOMMU; asking for the service without one is a `UsageError`.
 */
import type { Iova, PhysRange } from './address.ts'
import type { Device } from './device.ts'
import type { Op } from './op.ts'
import { token } from './scope.ts'
import type { Direction } from './sg-table.ts'

/** One address space that its owner fills. It translates for nobody until it is attached. */
export interface IommuDomain {
  readonly name: string
  /**
   * Install translations; hardware sees them when the call returns. **Units** bytes, multiples of the IOMMU's granule.
   * **Errors** EINVAL misaligned, EADDRINUSE where something is mapped already.
   */
  map(at: Iova, range: PhysRange, direction: Direction): Op<void>
  /** Remove all translations in the range, and flush the IOTLB before returning. Gives how many bytes were mapped. */
  unmap(at: Iova, length: number): Op<number>
}

export interface IommuDomains {
  /** Bytes: what place, address and length of a translation must be multiples of. */
  readonly granule: number
  /** First address that no domain can translate. */
  readonly aperture: number
  /** An empty domain. **Errors** `KernelError` ENODEV when the machine runs without an IOMMU. */
  create(name: string): IommuDomain
  /** Let `domain` translate for the device, and for all others of its IOMMU group, instead of what did before. */
  attach(device: Device, domain: IommuDomain): Op<void>
  /** Back to the kernel's own domain of the group. */
  detach(device: Device): Op<void>
  /** Addresses of the device that the IOMMU never translates, such as those of interrupt messages. **Units** bytes. */
  reserved(device: Device): readonly { readonly start: number; readonly length: number }[]
}

export const IOMMU_DOMAINS = token<IommuDomains>('iommu-domains')
