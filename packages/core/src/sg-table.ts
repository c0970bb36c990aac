/** The list of DMA addresses that an importer is handed. */
import type { DmaAddr } from './address.ts'
import { hashOfText } from './hash.ts'
import type { MapType } from './p2p.ts'

export interface SgEntry {
  readonly address: DmaAddr
  /** Bytes; a page multiple, at most the largest page multiple below 2^32 (SGT-9). */
  readonly length: number
}

export type Direction = 'bidirectional' | 'to-device' | 'from-device'
export type AddressKind = 'bus' | 'phys' | 'iova'

export interface SgTable {
  readonly entries: readonly SgEntry[]
  /** 0: there is no CPU list, importers iterate DMA entries only (SGT-11). Tables over struct pages have one (PGM-10). */
  readonly origNents: number
  readonly mapType: MapType
  readonly addressKind: AddressKind
  /** Number under which the judge knows the mapping. */
  readonly mapping: number
}

/** One word for where the pieces of a table are, for who tells which table there is. */
export const wordOfAddresses = (pieces: readonly { readonly address: DmaAddr }[]): number =>
  hashOfText(pieces.map(({ address }) => address).join())
