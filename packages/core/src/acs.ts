/** Access Control Services: the bits, and the kernel's question "does this function redirect?" (ACS-1, ACS-2). */
import { type ConfigSpace, PCI_EXT_CAP_ID_ACS } from './config-space.ts'

export const PCI_ACS_CAP = 0x04
export const PCI_ACS_CTRL = 0x06
/** Of a few root ports, whose registers are of four bytes each (ACS-12). */
export const PCI_ACS_DWORD_CTRL = 0x08
/** Source validation, translation blocking, P2P request redirect, P2P completion redirect, upstream forwarding, P2P egress control, direct translated P2P. */
export const ACS_BITS = { SV: 0x01, TB: 0x02, RR: 0x04, CR: 0x08, UF: 0x10, EC: 0x20, DT: 0x40 } as const
export type AcsBit = keyof typeof ACS_BITS

/** The bits that make the kernel call a path redirected (ACS-1). */
const REDIRECT: readonly AcsBit[] = ['RR', 'CR', 'EC']

export type AcsState =
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly offset: number; readonly capability: number; readonly control: number }
  /** The known bytes of config space do not reach it. */
  | { readonly kind: 'unknown' }

/** Read the ACS registers from config space. A function without an ACS capability gives `none`, a silent one tells nothing. */
export function readAcs(config: ConfigSpace): AcsState {
  if (config.silent) return { kind: 'unknown' }
  const offset = config.extendedCapability(PCI_EXT_CAP_ID_ACS)
  if (offset === null) return { kind: 'none' }
  if (offset === undefined) return { kind: 'unknown' }
  const capability = config.read16(offset + PCI_ACS_CAP)
  const control = config.read16(offset + PCI_ACS_CTRL)
  if (capability === undefined || control === undefined) return { kind: 'unknown' }
  return { kind: 'present', offset, capability, control }
}

/** The control word of a function that does not answer; no function has all bits of it (ACS-15). */
export const isAllOnes = (acs: AcsState): boolean => acs.kind === 'present' && acs.control === 0xffff

export function acsHas(word: number, bit: AcsBit): boolean {
  return (word & ACS_BITS[bit]) !== 0
}

/** The redirecting bits that are set in a control word, in the order of the register. */
export function redirectBits(control: number): readonly AcsBit[] {
  return REDIRECT.filter((bit) => acsHas(control, bit))
}

/** `undefined` when the control word is not known. */
export function hasRedirect(acs: AcsState): boolean | undefined {
  if (acs.kind === 'unknown') return undefined
  return acs.kind === 'present' && redirectBits(acs.control).length > 0
}

/** `RR+CR+UF`, or `off`. */
export function formatAcs(control: number): string {
  const on = (Object.keys(ACS_BITS) as AcsBit[]).filter((bit) => acsHas(control, bit))
  return on.length === 0 ? 'off' : on.join('+')
}

/** A control word with bits set and cleared. */
export function acsWith(control: number, set: readonly AcsBit[], clear: readonly AcsBit[] = []): number {
  let word = control
  for (const bit of set) word |= ACS_BITS[bit]
  for (const bit of clear) word &= ~ACS_BITS[bit]
  return word
}
