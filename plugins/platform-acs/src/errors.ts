/** What can be wrong with ACS settings: each code once, with the one function that builds it. Sorted by code. */
import { type AcsBit, ACS_BITS, type Bdf, hex, nearest, UsageError } from '@barter/core'
import { ACS_MODES } from './acs-options.ts'

const plugin = 'platform-acs'
const BITS = Object.keys(ACS_BITS).join(', ')

export const acsBitNotOffered = (bdf: Bdf, bits: readonly AcsBit[], offered: readonly AcsBit[]): UsageError =>
  new UsageError('ACS_BIT_NOT_OFFERED', `the ACS capability of ${bdf} does not offer ${bits.join(', ')}`, {
    hint: `it offers ${offered.join(', ') || 'nothing'}; in a topology of your own, add the bit to acsCapability`,
    plugin,
  })

export const acsMode = (mode: string): UsageError =>
  new UsageError('ACS_MODE', `there is no ACS mode ${mode}`, {
    hint: nearest(mode, ACS_MODES) ?? `use one of ${ACS_MODES.join(', ')}`,
    plugin,
  })

export const acsNone = (bdf: Bdf): UsageError =>
  new UsageError('ACS_NONE', `${bdf} has no ACS capability, so there is nothing to set`, {
    hint: 'leave it out: a function without ACS never redirects',
    plugin,
  })

export const acsParameter = (parameter: string, entry: string, why: string): UsageError =>
  new UsageError('ACS_PARAMETER', `${parameter}: entry "${entry}" ${why}`, {
    hint: 'write a function as 0000:03:00.0, a path as 00:1c.0/00.0, or ids as pci:8086:1234; separate entries with ;',
    plugin,
  })

export const acsPort = (name: string, known: readonly Bdf[]): UsageError =>
  new UsageError('ACS_PORT', `there is no PCI function ${name} in this machine`, {
    hint: nearest(name, known) ?? `name one of its ${known.length} functions, as in ${known[0] ?? '0000:00:00.0'}`,
    plugin,
  })

export const acsUnknown = (bdf: Bdf): UsageError =>
  new UsageError('ACS_UNKNOWN', `the known bytes of ${bdf} do not reach its ACS registers`, {
    hint: 'take the capture as root: without it only the first 64 bytes of configuration space are readable',
    plugin,
  })

export const acsWord = (text: string | number): UsageError =>
  new UsageError('ACS_WORD', `${typeof text === 'number' ? hex(text) : `"${text}"`} is not an ACS setting`, {
    hint: `write the bits that are on (RR,CR), what changes (+RR,-SV), off, or a word up to 0x7f; bits are ${BITS}`,
    plugin,
  })
