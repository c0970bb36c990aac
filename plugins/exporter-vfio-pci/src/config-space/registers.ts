/** Names of registers that people write to, and where each lies in a device. */
import {
  type Device,
  PCI_AF_CTRL,
  PCI_BASE_ADDRESS_0,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_PM_CTRL,
  PCI_STATUS,
} from '@barter/core'
import { registerAbsent } from '../errors.ts'

export interface RegisterPlace {
  readonly offset: number
  /** Bytes. */
  readonly width: number
}

const IN_HEADER: Readonly<Record<string, RegisterPlace>> = {
  command: { offset: PCI_COMMAND, width: 2 },
  status: { offset: PCI_STATUS, width: 2 },
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5].map((bar) => [`bar${bar}`, { offset: PCI_BASE_ADDRESS_0 + 4 * bar, width: 4 }]),
  ),
}

const IN_CAPABILITY: Readonly<Record<string, RegisterPlace & { readonly capability: number }>> = {
  pmcsr: { capability: PCI_CAP_ID_PM, offset: PCI_PM_CTRL, width: 2 },
  devctl: { capability: PCI_CAP_ID_EXP, offset: PCI_EXP_DEVCTL, width: 2 },
  afctl: { capability: PCI_CAP_ID_AF, offset: PCI_AF_CTRL, width: 1 },
}

export const REGISTER_NAMES: readonly string[] = [...Object.keys(IN_HEADER), ...Object.keys(IN_CAPABILITY)]

/** **Errors** `UsageError` `REGISTER_ABSENT`. */
export function registerPlace(device: Device, name: string): RegisterPlace {
  const fixed = IN_HEADER[name]
  if (fixed !== undefined) return fixed
  const inCapability = IN_CAPABILITY[name]
  const start = inCapability === undefined ? null : device.fn.config.capability(inCapability.capability)
  if (inCapability === undefined || typeof start !== 'number') throw registerAbsent(device.name, name)
  return { offset: start + inCapability.offset, width: inCapability.width }
}
