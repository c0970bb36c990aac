/** Options of the plugin. */
import type { PciTiming } from '@barter/core'
import type { ProtocolsChange } from './protocols.ts'

export interface VfioPciOptions {
  /** Lists of steps that replace those of the generation, for mutants and experiments. */
  readonly protocols?: ProtocolsChange
  /** The module parameter that lets machines without IOMMU be used (VFIO-63); on unless told. It can change in a run. */
  readonly noiommu?: boolean
  /** How long the PCI core waits for hardware. **Units** ticks. */
  readonly timing?: Partial<PciTiming>
}
