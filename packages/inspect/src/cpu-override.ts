/** The CPU as a person names it, for captures that do not tell: `amd:0x17`, `intel`, `other`. */
import type { Cpu } from '@barter/core'
import { cpuName } from './errors.ts'

/** **Errors** `CPU_NAME`. **Source** HB-1 */
export function cpuByName(text: string): Cpu {
  const word = text.trim().toLowerCase()
  if (word === 'intel') return { arch: 'x86_64', vendor: 'GenuineIntel', family: undefined, name: 'Intel (as given)' }
  if (word === 'other')
    return { arch: 'other', vendor: undefined, family: undefined, name: 'neither AMD nor Intel (as given)' }
  const [, digits] = /^amd:(0x[0-9a-f]{1,3}|\d{1,4})$/.exec(word) ?? []
  if (digits === undefined) throw cpuName(text)
  const family = Number(digits)
  return { arch: 'x86_64', vendor: 'AuthenticAMD', family, name: `AMD family 0x${family.toString(16)} (as given)` }
}
