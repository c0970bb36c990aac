/** Which kernel and which machine are modelled: one place to ask. Made at composition, frozen afterwards. */
import type { GroupPolicy } from './iommu-groups.ts'
import type { Cpu, IommuMode } from './topology.ts'

/** Which kernel's rules hold (behaviour.md section 7): `G1` 6.19, `G1p` its pin fix, `G2r` 7.1 as merged, `G2` 7.3.4. */
export type Generation = 'G1' | 'G1p' | 'G2r' | 'G2'

export interface Facts {
  /** CPU page size in bytes: 4096, 16384 or 65536. */
  readonly pageSize: number
  readonly cpu: Cpu
  readonly generation: Generation
  /** The architecture can make struct pages for MMIO (PGM-5). */
  readonly pgmap: boolean
  /** `CONFIG_PCI_P2PDMA` (P2P-11) and `CONFIG_VFIO_PCI_DMABUF` (VFIO-4). */
  readonly config: { readonly p2pdma: boolean; readonly vfioPciDmabuf: boolean }
  /**
   * Default domain of the devices; `strict` false means that unmaps may flush the IOTLB late (HAZ-13). `groups`: which IOMMU
   * groups there are, for translation and for who may own what; unless given the switches say, and drivers of the kernel are
   * not held to it.
   */
  readonly iommu: { readonly mode: IommuMode; readonly strict: boolean; readonly groups?: GroupPolicy }
  /** Model switches that are on, of those in switches.ts. */
  readonly switches: ReadonlySet<string>
}
