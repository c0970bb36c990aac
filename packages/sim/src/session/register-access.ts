/** Registers by name, as `setpci` knows them, and changes of some of their bits. */
import {
  type ConfigWidth,
  type Device,
  KernelError,
  PCI_ACS_CTRL,
  PCI_BASE_ADDRESS_0,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXT_CAP_ID_ACS,
  PCI_PM_CTRL,
  PCI_STATUS,
  withBits,
  withoutBits,
} from '@barter/core'
import type { StepArgs } from './step-values.ts'

export interface Register {
  readonly offset: number
  readonly width: ConfigWidth
}

/** **Errors** ENOENT for one that the function does not have, EINVAL when neither name nor offset is given. */
export function registerOf(device: Device, args: StepArgs): Register {
  const { register, offset, width } = args
  if (typeof register === 'string') return { offset: placeOf(device, register), width: widthOf(register, width) }
  if (typeof offset !== 'number') throw new KernelError('EINVAL', 'TRG-18', 'neither a register nor an offset is given')
  return { offset, width: widthOf('', width) }
}

/** The word to write; `undefined` when nothing is to change. */
export function withChange(before: number, { value, set, clear }: StepArgs): number | undefined {
  if (value === undefined && set === undefined && clear === undefined) return undefined
  const whole = value === undefined ? before : Number(value)
  return withBits(withoutBits(whole, Number(clear ?? 0)), Number(set ?? 0))
}

function placeOf(device: Device, register: string): number {
  const { config } = device.fn
  switch (register) {
    case 'command':
      return PCI_COMMAND
    case 'status':
      return PCI_STATUS
    case 'bar2':
      return PCI_BASE_ADDRESS_0 + 8
    case 'pmcsr':
      return within(config.capability(PCI_CAP_ID_PM), PCI_PM_CTRL, device, register)
    case 'devctl':
      return within(config.capability(PCI_CAP_ID_EXP), PCI_EXP_DEVCTL, device, register)
    default:
      return within(config.extendedCapability(PCI_EXT_CAP_ID_ACS), PCI_ACS_CTRL, device, register)
  }
}

function within(start: number | null | undefined, offset: number, device: Device, register: string): number {
  if (typeof start === 'number') return start + offset
  throw new KernelError('ENOENT', 'TRG-18', `${device.name} has no register ${register}`)
}

function widthOf(register: string, given: StepArgs[string] | undefined): ConfigWidth {
  if (register === 'bar2') return 4
  return given === 1 || given === 4 ? given : 2
}
