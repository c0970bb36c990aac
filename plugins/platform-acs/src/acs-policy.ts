/** What each mode makes of the ACS control word of one function. */
import { type AcsBit, acsHas, acsWith } from '@barter/core'
import type { AcsMode } from './acs-options.ts'

export interface AcsWords {
  readonly capability: number
  readonly control: number
}

/** Set by the kernel when an IOMMU driver asked for ACS (ACS-9). EC and DT never are. */
const KERNEL_DEFAULT: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']
/** UF goes with them: without it a port drops what a port below sends up. */
const REDIRECT: readonly AcsBit[] = ['RR', 'CR', 'UF']

/**
 * **Shape** `blockTranslated`: requests that claim to be translated are not to be believed, since ATS is off or the
 * function is at or below an external-facing port. **Source** ACS-9
 */
export function controlOfMode(mode: AcsMode, acs: AcsWords, blockTranslated: boolean): number {
  switch (mode) {
    case 'as-found':
      return acs.control
    case 'off':
      return 0
    case 'redirect':
      return withOffered(acs, REDIRECT)
    case 'kernel-default':
      return withOffered(acs, blockTranslated ? [...KERNEL_DEFAULT, 'TB'] : KERNEL_DEFAULT)
  }
}

/** A bit that the capability does not offer stays as it is: the hardware has no such switch. */
const withOffered = (acs: AcsWords, bits: readonly AcsBit[]): number =>
  acsWith(
    acs.control,
    bits.filter((bit) => acsHas(acs.capability, bit)),
  )
