/** Advanced Features capability: function level reset for conventional functions. */
import { type ConfigSpace, PCI_CAP_ID_AF } from '../config-space.ts'
import { addCapability } from './chain.ts'

export const PCI_AF_LENGTH = 0x02
export const PCI_AF_CAP = 0x03
export const PCI_AF_CAP_TP = 0x01
export const PCI_AF_CAP_FLR = 0x02
export const PCI_AF_CTRL = 0x04
/** Write one to begin a function level reset. */
export const PCI_AF_CTRL_FLR = 0x01

export interface AdvancedFeatures {
  readonly offset: number
  /** Offers function level reset; the kernel asks for the pending-transactions bit as well. */
  readonly flr: boolean
}

/** **Shape** `null`: no such capability; `undefined`: the known bytes do not tell. */
export function readAf(config: ConfigSpace): AdvancedFeatures | null | undefined {
  const offset = config.capability(PCI_CAP_ID_AF)
  if (offset === null || offset === undefined) return offset
  const bits = config.read8(offset + PCI_AF_CAP)
  if (bits === undefined) return undefined
  return { offset, flr: (bits & PCI_AF_CAP_FLR) !== 0 && (bits & PCI_AF_CAP_TP) !== 0 }
}

/** Write the capability at `at`, of which it takes 6 bytes, with function level reset. */
export function writeAf(config: ConfigSpace, at: number): void {
  addCapability(config, PCI_CAP_ID_AF, at)
  config.write(at + PCI_AF_LENGTH, 1, 6)
  config.write(at + PCI_AF_CAP, 1, PCI_AF_CAP_TP | PCI_AF_CAP_FLR)
  config.write(at + PCI_AF_CTRL, 2, 0)
}
