/** Power management capability: the D-state. */
import { type ConfigSpace, PCI_CAP_ID_PM } from '../config-space.ts'
import { addCapability } from './chain.ts'

export const PCI_PM_PMC = 0x02
export const PCI_PM_CTRL = 0x04
export const PCI_PM_CTRL_STATE_MASK = 0x3
/** Set: going from D3hot to D0 loses nothing. Clear: it resets the function, which is the kernel's `pm` reset. */
export const PCI_PM_CTRL_NO_SOFT_RESET = 0x8

export type PowerState = 0 | 1 | 2 | 3

export interface PowerManagement {
  readonly offset: number
  readonly state: PowerState
  readonly noSoftReset: boolean
}

/** **Shape** `null`: no such capability; `undefined`: the known bytes do not tell. */
export function readPowerManagement(config: ConfigSpace): PowerManagement | null | undefined {
  const offset = config.capability(PCI_CAP_ID_PM)
  if (offset === null || offset === undefined) return offset
  const control = config.read16(offset + PCI_PM_CTRL)
  if (control === undefined) return undefined
  const state = (control & PCI_PM_CTRL_STATE_MASK) as PowerState
  return { offset, state, noSoftReset: (control & PCI_PM_CTRL_NO_SOFT_RESET) !== 0 }
}

/** D0 to D3hot as 0 to 3. A function without the capability is always in D0. `undefined`: not known, or no answer. */
export function readPowerState(config: ConfigSpace): PowerState | undefined {
  if (config.silent) return undefined
  const pm = readPowerManagement(config)
  return pm === null ? 0 : pm?.state
}

/** Set the D-state; nothing happens without the capability. */
export function writePowerState(config: ConfigSpace, state: PowerState): void {
  const offset = config.capability(PCI_CAP_ID_PM)
  if (offset === null || offset === undefined) return
  const control = config.read16(offset + PCI_PM_CTRL) ?? 0
  config.write(offset + PCI_PM_CTRL, 2, (control & ~PCI_PM_CTRL_STATE_MASK) | state)
}

/** Write the capability at `at`, of which it takes 8 bytes; the function is in D0. */
export function writePowerManagement(config: ConfigSpace, at: number, facts: { readonly noSoftReset: boolean }): void {
  addCapability(config, PCI_CAP_ID_PM, at)
  config.write(at + PCI_PM_PMC, 2, 0x0003)
  config.write(at + PCI_PM_CTRL, 4, facts.noSoftReset ? PCI_PM_CTRL_NO_SOFT_RESET : 0)
}
