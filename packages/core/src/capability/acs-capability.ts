/** Writing the ACS capability; reading it is in acs.ts. */
import { acsHas, PCI_ACS_CAP, PCI_ACS_CTRL, readAcs } from '../acs.ts'
import { type ConfigSpace, PCI_EXT_CAP_ID_ACS } from '../config-space.ts'
import { addExtendedCapability } from './chain.ts'

/** Egress control vector: one bit a port, behind the control word; its size in bits is in the capability word's high byte. */
export const PCI_ACS_EGRESS_CTL_V = 0x08
const EGRESS_PORTS = 32

/**
 * Write the capability at `at`, of which it takes 8 bytes, or 12 with egress control, whose vector then holds 32 ports
 * and is all clear. **Shape** both words as `ACS_BITS`.
 */
export function writeAcs(
  config: ConfigSpace,
  at: number,
  words: { readonly capability: number; readonly control: number },
): void {
  addExtendedCapability(config, PCI_EXT_CAP_ID_ACS, 1, at)
  const egress = acsHas(words.capability, 'EC')
  config.write(at + PCI_ACS_CAP, 2, words.capability | (egress ? EGRESS_PORTS << 8 : 0))
  config.write(at + PCI_ACS_CTRL, 2, words.control)
  if (egress) config.write(at + PCI_ACS_EGRESS_CTL_V, 4, 0)
}

/** Change the control word of a function that has the capability; nothing happens otherwise. */
export function writeAcsControl(config: ConfigSpace, control: number): void {
  const acs = readAcs(config)
  if (acs.kind === 'present') config.write(acs.offset + PCI_ACS_CTRL, 2, control)
}
