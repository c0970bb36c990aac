/** ACS registers in a word. */
import { type AcsState, formatAcs, isAllOnes } from '@barter/core'

/** `SV+RR+CR+UF`, `off`, `none` without the capability, `unknown`, or `silent` where everything reads as ones (ACS-15). */
export function acsText(acs: AcsState): string {
  if (acs.kind !== 'present') return acs.kind
  return isAllOnes(acs) ? 'silent' : formatAcs(acs.control)
}
