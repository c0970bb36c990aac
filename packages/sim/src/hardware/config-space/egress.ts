/** Egress control: the vector of a port's ACS capability, and the number under which a port appears in it. */
import { type ConfigSpace, PCI_ACS_EGRESS_CTL_V, PCI_CAP_ID_EXP } from '@barter/core'
import type { WiredFunction } from '../wiring.ts'

const PCI_EXP_LNKCAP = 0x0c

/** The vector bit of a port or function number; a vector that the known bytes do not reach is all zeros. */
export function egressBit(config: ConfigSpace, acsOffset: number, number: number): boolean {
  const byte = config.read8(acsOffset + PCI_ACS_EGRESS_CTL_V + (number >>> 3)) ?? 0
  return (byte & (1 << (number & 7))) !== 0
}

/**
 * Port number of a switch port, from its link capabilities.
 * **Not modelled** a port numbered 0 there counts under its device number, as do functions without a link.
 */
export function portNumber(port: WiredFunction, config: ConfigSpace): number {
  const at = config.capability(PCI_CAP_ID_EXP)
  const word = at === null || at === undefined ? undefined : config.read32(at + PCI_EXP_LNKCAP)
  const number = word === undefined ? 0 : word >>> 24
  return number === 0 ? port.deviceNumber : number
}
