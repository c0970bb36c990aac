/** MSI-X capability: how many vectors, and where in the BARs their table lies. */
import { type ConfigSpace, PCI_CAP_ID_MSIX } from '../config-space.ts'
import { addCapability } from './chain.ts'

export const PCI_MSIX_FLAGS = 0x02
const FLAGS_QSIZE = 0x7ff
const FLAGS_ENABLE = 0x8000
const TABLE = 0x04
const PBA = 0x08
const BIR = 0x7

export interface BarPlace {
  readonly bar: number
  /** Bytes into the BAR, a multiple of 8. */
  readonly offset: number
}

export interface Msix {
  readonly offset: number
  /** Table entries, 1..2048; 16 bytes each. */
  readonly vectors: number
  readonly enabled: boolean
  readonly table: BarPlace
  /** Pending bit array. */
  readonly pba: BarPlace
}

/** **Shape** `null`: no such capability; `undefined`: the known bytes do not tell. */
export function readMsix(config: ConfigSpace): Msix | null | undefined {
  const offset = config.capability(PCI_CAP_ID_MSIX)
  if (offset === null || offset === undefined) return offset
  const flags = config.read16(offset + PCI_MSIX_FLAGS)
  const table = config.read32(offset + TABLE)
  const pba = config.read32(offset + PBA)
  if (flags === undefined || table === undefined || pba === undefined) return undefined
  const vectors = (flags & FLAGS_QSIZE) + 1
  return { offset, vectors, enabled: (flags & FLAGS_ENABLE) !== 0, table: barPlace(table), pba: barPlace(pba) }
}

/** Write the capability at `at`, of which it takes 12 bytes; interrupts stay disabled. */
export function writeMsix(config: ConfigSpace, at: number, facts: Pick<Msix, 'vectors' | 'table' | 'pba'>): void {
  addCapability(config, PCI_CAP_ID_MSIX, at)
  config.write(at + PCI_MSIX_FLAGS, 2, facts.vectors - 1)
  config.write(at + TABLE, 4, facts.table.offset + facts.table.bar)
  config.write(at + PBA, 4, facts.pba.offset + facts.pba.bar)
}

const barPlace = (word: number): BarPlace => ({ bar: word & BIR, offset: (word & ~BIR) >>> 0 })
