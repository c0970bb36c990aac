/** ACS registers of a function: as written, or what a port of its kind has. */
import { type AcsBit, acsWith } from '../acs.ts'
import type { FunctionKind } from '../pci-function.ts'
import { specError } from './spec-error.ts'
import type { FunctionSpec } from './spec.ts'

/** Both words as `ACS_BITS`. */
export interface AcsWords {
  readonly capability: number
  readonly control: number
}

const PORT: readonly AcsBit[] = ['SV', 'TB', 'RR', 'CR', 'UF', 'DT']
/** Functions of one device need no source validation among themselves. */
const ENDPOINT: readonly AcsBit[] = ['RR', 'CR', 'DT']

/** `null` for a function without the capability: unless written otherwise, every one but root and downstream ports. */
export function acsWords(where: string, kind: FunctionKind, pcie: boolean, spec: FunctionSpec): AcsWords | null {
  const port = kind === 'root-port' || kind === 'downstream-port'
  const acs = spec.acs ?? (port || spec.acsCapability !== undefined ? 'off' : 'none')
  if (acs === 'none') {
    if (spec.acsCapability === undefined) return null
    throw specError(
      where,
      'it has acs: none and acsCapability',
      'write acs: off for a capability with nothing switched on',
    )
  }
  if (!pcie) throw specError(where, 'a conventional PCI function has no ACS', 'leave acs out')
  const on = acs === 'off' ? [] : acs
  const offered = spec.acsCapability ?? [...(port ? PORT : ENDPOINT), ...on]
  const missing = on.filter((bit) => !offered.includes(bit))
  if (missing.length > 0) {
    throw specError(`${where}.acs`, `${missing.join(', ')} is on but not offered`, 'add it to acsCapability')
  }
  return { capability: acsWith(0, offered), control: acsWith(0, on) }
}
