/** A change of one ACS control word, in the text forms that people write. */
import { type AcsBit, ACS_BITS, acsHas, acsWith } from '@barter/core'
import { acsWord } from './errors.ts'

/** Bits to set and bits to clear; the others stay. */
export interface AcsEdit {
  readonly set: readonly AcsBit[]
  readonly clear: readonly AcsBit[]
}

export const ALL_BITS = Object.keys(ACS_BITS) as readonly AcsBit[]
const HIGHEST_WORD = acsWith(0, ALL_BITS)

const EXACT = /^[a-z]{2}(?:[\s,+]+[a-z]{2})*$/i
const CHANGE = /^[+-][a-z]{2}(?:[\s,]*[+-][a-z]{2})*$/i
const HEX = /^0x[0-9a-f]+$/i

/**
 * Read one setting.
 *
 * **Shape** `RR,CR` or `RR+CR`: exactly these bits; `+RR,-SV`: these change; `off`: none; a number or hex text: the
 * whole word. **Errors** `UsageError` `ACS_WORD`.
 */
export function parseAcsEdit(setting: string | number): AcsEdit {
  if (typeof setting === 'number') return wholeWord(setting, setting)
  const text = setting.trim()
  if (text.toLowerCase() === 'off') return exactly([])
  if (HEX.test(text)) return wholeWord(parseInt(text, 16), setting)
  if (CHANGE.test(text)) {
    const signed = [...text.matchAll(/([+-])([a-z]{2})/gi)]
    const signedWith = (sign: string): AcsBit[] =>
      signed.filter((match) => match[1] === sign).map((match) => bitOf(match[2] ?? '', setting))
    const edit = { set: signedWith('+'), clear: signedWith('-') }
    if (edit.set.some((bit) => edit.clear.includes(bit))) throw acsWord(setting)
    return edit
  }
  if (EXACT.test(text)) return exactly(text.split(/[\s,+]+/).map((bit) => bitOf(bit, setting)))
  throw acsWord(setting)
}

export const applyAcsEdit = (control: number, edit: AcsEdit): number => acsWith(control, edit.set, edit.clear)

/** The bits that are on in a word, in the order of the register. */
export const bitsOf = (word: number): readonly AcsBit[] => ALL_BITS.filter((bit) => acsHas(word, bit))

function wholeWord(word: number, written: string | number): AcsEdit {
  if (!Number.isInteger(word) || word < 0 || word > HIGHEST_WORD) throw acsWord(written)
  return exactly(bitsOf(word))
}

const exactly = (set: readonly AcsBit[]): AcsEdit => ({ set, clear: ALL_BITS.filter((bit) => !set.includes(bit)) })

function bitOf(text: string, setting: string): AcsBit {
  const bit = ALL_BITS.find((known) => known === text.toUpperCase())
  if (bit === undefined) throw acsWord(setting)
  return bit
}
