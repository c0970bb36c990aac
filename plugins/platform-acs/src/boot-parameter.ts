/** `pci=disable_acs_redir=` and `pci=config_acs=`: who is meant, and what becomes of the control word. */
import { type AcsBit, acsHas, acsWith, type PciFunction, type Topology } from '@barter/core'
import { type AcsEdit, ALL_BITS } from './acs-edit.ts'
import type { AcsWords } from './acs-policy.ts'
import { type ParsedMatch, parseDeviceMatch } from './device-match.ts'
import { acsParameter } from './errors.ts'

export interface AcsParameter {
  /** As on the command line, `pci=…`. */
  readonly name: string
  readonly entries: readonly AcsParameterEntry[]
}

export interface AcsParameterEntry extends ParsedMatch {
  readonly text: string
  readonly edit: AcsEdit
}

const NO_REDIRECT: AcsEdit = { set: [], clear: ['RR', 'CR', 'EC'] }

/**
 * Read the value of `pci=disable_acs_redir=`.
 *
 * **Errors** `UsageError` `ACS_PARAMETER` where the kernel would log a complaint and go on without. **Source** ACS-10.
 */
export function parseDisableAcsRedir(value: string): AcsParameter {
  const name = 'pci=disable_acs_redir'
  return { name, entries: entriesOf(value).map((text) => ({ text, ...matchOf(name, text, text), edit: NO_REDIRECT })) }
}

/**
 * Read the value of `pci=config_acs=`: `flags@function` each. Flags are read from the right, bit 0 (SV) first: `1` on,
 * `0` off, `x` as firmware left it.
 *
 * **Errors** as above. **Source** ACS-11.
 */
export function parseConfigAcs(value: string): AcsParameter {
  const name = 'pci=config_acs'
  const entries = entriesOf(value).map((text) => {
    const at = text.indexOf('@')
    if (at < 0) throw acsParameter(name, text, 'has no flags@ in front')
    return { text, ...matchOf(name, text, text.slice(at + 1)), edit: flagsOf(name, text, text.slice(0, at)) }
  })
  return { name, entries }
}

/**
 * The control word after a parameter, or `undefined` when no entry means this function. The first entry that does wins.
 *
 * **Shape** `base`: the word as firmware left it, not the kernel's default: what that had set is lost (ACS-10). Bits
 * that the capability does not offer stay as they are.
 */
export function applyParameter(
  parameter: AcsParameter,
  topology: Topology,
  fn: PciFunction,
  base: AcsWords,
): number | undefined {
  const entry = parameter.entries.find(({ matches }) => matches(topology, fn))
  if (entry === undefined) return undefined
  const offered = entry.edit.set.filter((bit) => acsHas(base.capability, bit))
  return acsWith(base.control, offered, entry.edit.clear)
}

/** **Errors** `UsageError` `ACS_PARAMETER` for a place that is not in this machine: a slip of the pen, most likely. */
export function checkPlaces(parameter: AcsParameter, topology: Topology): void {
  for (const { by, matches, text } of parameter.entries) {
    if (by === 'place' && !topology.functions.some((fn) => matches(topology, fn)))
      throw acsParameter(parameter.name, text, 'names a function that is not in this machine')
  }
}

const entriesOf = (value: string): string[] => {
  const entries = value.split(/[;,]/).map((entry) => entry.trim())
  // The kernel stops at the end of the text, so a separator there is no empty entry.
  if (entries.length > 1 && entries.at(-1) === '') entries.pop()
  return entries
}

function matchOf(name: string, entry: string, text: string): ParsedMatch {
  const match = parseDeviceMatch(text)
  if (match === undefined) throw acsParameter(name, entry, `names no function: "${text}"`)
  return match
}

function flagsOf(name: string, entry: string, flags: string): AcsEdit {
  if (flags === '') throw acsParameter(name, entry, 'has no flags before the @')
  const set: AcsBit[] = []
  const clear: AcsBit[] = []
  for (const [i, flag] of [...flags].reverse().entries()) {
    if (flag === 'x' || flag === 'X') continue
    if (flag !== '0' && flag !== '1') throw acsParameter(name, entry, `has the flag "${flag}"; use 0, 1 or x`)
    const bit = ALL_BITS[i]
    if (bit === undefined) throw acsParameter(name, entry, `forces bit ${i}; the highest is 6 (DT)`)
    if (flag === '1') set.push(bit)
    else clear.push(bit)
  }
  return { set, clear }
}
