/**
 * Defects of the recorded kernels, as switches of the model (behaviour.md section 9.4): recordings are replayed with
 * those that the kernel has, while the model's default is the correct kernel.
 */
import { SWITCHES } from '@barter/core'

/** Defects that were still there in Linux 7.3.4; a switch that starts otherwise is a choice, not a defect. */
export const KERNEL_DEFECTS: readonly string[] = SWITCHES.map(({ id }) => id).filter((id) => id.startsWith('BUG-'))
