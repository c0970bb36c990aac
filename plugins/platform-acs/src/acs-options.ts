/** What a person may say about the ACS of a machine. */

export const ACS_MODES = ['as-found', 'off', 'kernel-default', 'redirect'] as const

/**
 * Where to start from: the registers as firmware left them; every control bit off; what Linux programs under an IOMMU
 * (ACS-9); or peer traffic sent up wherever a function can.
 */
export type AcsMode = (typeof ACS_MODES)[number]

export interface AcsOptions {
  /** `as-found` unless given. */
  readonly mode?: AcsMode
  /** By function name: `RR,CR` (exactly these), `+RR,-SV` (changes), `off`, or a control word. Applied after `mode`. */
  readonly ports?: Readonly<Record<string, string | number>>
  /** `pci=disable_acs_redir=` of the kernel's command line (ACS-10). */
  readonly disableAcsRedir?: string
  /** `pci=config_acs=` of the kernel's command line (ACS-11). */
  readonly configAcs?: string
  /** The kernel runs without ATS, so its default also sets TB everywhere (ACS-9). */
  readonly atsOff?: boolean
}
