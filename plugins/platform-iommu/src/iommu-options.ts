/** What a person may say about the IOMMU of a machine. */
import type { GroupPolicy, IommuMode } from '@barter/core'

export const IOMMU_MODES: readonly IommuMode[] = ['none', 'identity', 'translated']
export const GRANULES: readonly number[] = [4096, 16384, 65536]

export const GROUP_POLICIES: readonly GroupPolicy[] = ['kernel-7.3', 'ideal']

export interface IommuOptions {
  /** Default domain of the devices. What facts or topology tell, else `translated`. */
  readonly mode?: IommuMode
  /** False: with `BUG-41` unmaps of the DMA API flush the IOTLB later, all at once (HAZ-13). What the facts tell unless given. */
  readonly strict?: boolean
  /** Smallest piece that the IOMMU maps, in bytes: 4096, 16384 or 65536. 4096 unless given. */
  readonly granule?: number
  /** Functions whose IOMMU group has an identity domain although the others are translated. */
  readonly identity?: readonly string[]
  /**
   * Which IOMMU groups there are, for translation and for who may own what (VFIO-63): those of Linux 7.3 (ACS-13), or the
   * intended ones (ACS-14). Unless given translation follows the switch BUG-44, and drivers of the kernel are not held to any.
   */
  readonly groups?: GroupPolicy
}
