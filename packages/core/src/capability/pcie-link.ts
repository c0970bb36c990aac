/** What the link of a PCI Express function can do. */
import type { ConfigSpace } from '../config-space.ts'
import { readPcie } from './pcie.ts'

export const PCI_EXP_LNKCAP = 0x0c
const LNKCAP_SPEED = 0xf
const LNKCAP_WIDTH_SHIFT = 4
const LNKCAP_WIDTH = 0x3f

/** Transfers a lane and second, in units of 10^9, by the number that stands for them. */
const SPEEDS: readonly (number | undefined)[] = [undefined, 2.5, 5, 8, 16, 32, 64]

export interface PcieLink {
  /** Most transfers a lane and second. **Units** GT/s. */
  readonly speed: number
  /** Most lanes. */
  readonly width: number
}

/** **Shape** `undefined` for a function without a link, as integrated ones are, and where the bytes do not tell. */
export function readPcieLink(config: ConfigSpace): PcieLink | undefined {
  const pcie = config.silent ? undefined : readPcie(config)
  const word = pcie === null || pcie === undefined ? undefined : config.read32(pcie.offset + PCI_EXP_LNKCAP)
  if (word === undefined) return undefined
  const speed = SPEEDS[word & LNKCAP_SPEED]
  const width = (word >>> LNKCAP_WIDTH_SHIFT) & LNKCAP_WIDTH
  return speed === undefined || width === 0 ? undefined : { speed, width }
}
