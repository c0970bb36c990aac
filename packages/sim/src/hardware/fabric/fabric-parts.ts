/** What routing looks at. */
import type { IommuUnit } from '@barter/core'
import type { Functions } from '../function/functions.ts'
import type { BusMaps } from './bus-map.ts'
import type { RootComplex } from './root-complex.ts'

export interface FabricParts {
  readonly functions: Functions
  readonly maps: BusMaps
  readonly root: RootComplex
  iommu: IommuUnit
}
