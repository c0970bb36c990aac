/** A piece of an address space: place, what is behind it, and what a device may do there. */
import type { IommuDomain, Device } from '@barter/core'
import type { Pages } from './pages.ts'
import type { Rights } from './rights.ts'

/** **Units** bytes; any u64, as nothing keeps a place in reach of hardware before a device is attached. */
export interface Area {
  readonly iova: bigint
  readonly length: bigint
  /** Where it begins within its pages. */
  readonly startByte: bigint
  readonly rights: Rights
  /** `undefined` while it is made and while it is taken away: the place is kept, and nothing is there. */
  pages: Pages | undefined
}

export const lastOf = ({ iova, length }: Pick<Area, 'iova' | 'length'>): bigint => iova + length - 1n

/** A domain as an address space fills it. */
export interface TableDomain {
  readonly name: string
  /** What hardware translates by; a table of software when the device has no IOMMU, which nobody translates by. */
  readonly iommu: IommuDomain | undefined
  /** Bytes: what places and lengths must be multiples of. */
  readonly granule: bigint
  /** First place that it cannot have. */
  readonly aperture: bigint
  /** For whom it was made: stands for all that are attached, towards the judge. */
  readonly device: Device
}
