/** Writing the ACS capability; reading it is in acs.ts. */
import { PCI_ACS_CAP, PCI_ACS_CTRL, readAcs } from '../acs.ts'
import { type ConfigSpace, PCI_EXT_CAP_ID_ACS } from '../config-space.ts'
import { addExtendedCapability } from './chain.ts'

/** Write the capability at `at`, of which it takes 8 bytes. **Shape** both words as `ACS_BITS`. */
export function writeAcs(
  config: ConfigSpace,
  at: number,
  words: { readonly capability: number; readonly control: number },
): void {
  addExtendedCapability(config, PCI_EXT_CAP_ID_ACS, 1, at)
  config.write(at + PCI_ACS_CAP, 2, words.capability)
  config.write(at + PCI_ACS_CTRL, 2, words.control)
}

/** Change the control word of a function that has the capability; nothing happens otherwise. */
export function writeAcsControl(config: ConfigSpace, control: number): void {
  const acs = readAcs(config)
  if (acs.kind === 'present') config.write(acs.offset + PCI_ACS_CTRL, 2, control)
}
