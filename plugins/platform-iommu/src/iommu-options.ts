/** What a person may say about the IOMMU of a machine. */
import type { IommuMode } from '@barter/core'

export const IOMMU_MODES: readonly IommuMode[] = ['none', 'identity', 'translated']
export const GRANULES: readonly number[] = [4096, 16384, 65536]

export interface IommuOptions {
  /** Default domain of the devices. What facts or topology tell, else `translated`. */
  readonly mode?: IommuMode
  /** False: with `BUG-41` unmaps of the DMA API flush the IOTLB later, all at once (HAZ-13). What the facts tell unless given. */
  readonly strict?: boolean
  /** Smallest piece that the IOMMU maps, in bytes: 4096, 16384 or 65536. 4096 unless given. */
  readonly granule?: number
  /** Functions whose IOMMU group has an identity domain although the others are translated. */
  readonly identity?: readonly string[]
}
