/** ACS control words of a machine changed on paper: the topology's own bytes, so that the same walk can be asked again. */
import {
  ACS_QUIRKS,
  type AcsBit,
  acsHas,
  acsWith,
  type Bdf,
  formatAcs,
  isAllOnes,
  PCI_ACS_CTRL,
  type PciFunction,
  portTypeOf,
  quirkNames,
  readAcs,
  redirectBits,
  type Topology,
  writeAcsControl,
} from '@barter/core'

/** One control word, as it is and as it would be. */
export interface WordChange {
  readonly bdf: Bdf
  /** Offset of the control word in extended configuration space. **Units** bytes. */
  readonly register: number
  readonly before: number
  readonly after: number
  /** The words in bits, as `SV+RR+CR+UF` and `off`. */
  readonly beforeBits: string
  readonly afterBits: string
}

/** The bits that make the kernel call a way redirected (ACS-1), and `pci=disable_acs_redir=` clear (ACS-10). */
const REDIRECT_BITS: readonly AcsBit[] = ['RR', 'CR', 'EC']
/** What the kernel sets by itself under an IOMMU, and what starting again from the firmware's word loses (ACS-9, ACS-10). */
const KERNEL_SETS: readonly AcsBit[] = ['SV', 'TB', 'RR', 'CR', 'UF']

/** The same machine with other control words. Functions without an ACS capability that can be read stay as they are. */
export function withWords(topology: Topology, words: ReadonlyMap<Bdf, number>): Topology {
  if (words.size === 0) return topology
  return topology.mapFunctions((fn) => {
    const word = words.get(fn.bdf)
    if (word === undefined) return fn
    const config = fn.config.copy()
    writeAcsControl(config, word)
    return { ...fn, config }
  })
}

/** Only redirect off: what `setpci` with a mask writes. */
export const withoutRedirect = (control: number): number => acsWith(control, [], REDIRECT_BITS)

/**
 * The word after `pci=disable_acs_redir=`. Its base is what firmware left; where the kernel programs ACS by itself, the
 * capture shows the kernel's word, and firmware is taken to have set none of the bits that the kernel sets.
 * **Source** ACS-9, ACS-10
 */
export function disableRedirWord(topology: Topology, control: number): number {
  return topology.iommu?.mode === 'none' ? withoutRedirect(control) : acsWith(control, [], [...KERNEL_SETS, 'EC'])
}

export function wordChange(fn: PciFunction, after: number): WordChange | undefined {
  const acs = readAcs(fn.config)
  if (acs.kind !== 'present') return undefined
  return {
    bdf: fn.bdf,
    register: acs.offset + PCI_ACS_CTRL,
    before: acs.control,
    after,
    beforeBits: formatAcs(acs.control),
    afterBits: formatAcs(after),
  }
}

/** Why no software can clear the redirect of a function that has it set; `undefined`: it can. */
export function unclearable(fn: PciFunction): string | undefined {
  const acs = readAcs(fn.config)
  if (acs.kind !== 'present' || redirectBits(acs.control).length === 0) return undefined
  if (isAllOnes(acs)) return `${fn.bdf} does not answer (its registers read as ones): wake it and look again (ACS-15)`
  const odd = ACS_QUIRKS.some(
    (row) =>
      row.says === 'dword-control' &&
      row.vendor === fn.vendor &&
      quirkNames(row, fn.device) &&
      portTypeOf(fn) === 'root-port',
  )
  return odd
    ? `${fn.bdf} has its control word elsewhere than the kernel's P2P code reads it, so no setting changes the answer (ACS-12)`
    : undefined
}

/** The flags of `pci=config_acs=` for one port: redirect off, what else is on stays on, the rest is left alone. **Source** ACS-11 */
export function configAcsFlags(control: number): string {
  const order: readonly AcsBit[] = ['DT', 'EC', 'UF', 'CR', 'RR', 'TB', 'SV']
  return order.map((bit) => (REDIRECT_BITS.includes(bit) ? '0' : acsHas(control, bit) ? '1' : 'x')).join('')
}
