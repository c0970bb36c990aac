/** Power states of a function as the kernel sets them (`pci_set_power_state`). */
import {
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
  type PowerState,
} from './capability/pm.ts'
import { hasBits, maskBits, withoutBits } from './capability/register-bits.ts'
import { PCI_BASE_ADDRESS_0, PCI_CAP_ID_PM } from './config-space.ts'
import type { Device } from './device.ts'
import { KernelError } from './errors.ts'
import { type Op, point, sleep } from './op.ts'
import { isWide } from './capability/bar.ts'
import { PCI_TIMING, type PciTiming } from './pci-timing.ts'

const PCI_PM_CAP_D1 = 0x200
const PCI_PM_CAP_D2 = 0x400
export const D3HOT: PowerState = 3

/** The state the kernel believes the function to be in: a write behind its back changes nothing here (TRG-18). */
export function powerState(device: Device): PowerState {
  const known = device.powerState
  if (known !== undefined) return known
  const found = stateOf(readControl(device) ?? 0)
  device.powerState = found
  return found
}

/**
 * Move a function to D0 … D3hot.
 *
 * A function without power management is always in D0. Leaving D3hot may have reset it; then its BARs are written again,
 * the rest of its state is its driver's business.
 * **Errors** `KernelError` EIO for a state it does not have or when it does not answer, EINVAL from a deeper state to a
 * shallower one other than D0.
 * **Not modelled** D3cold, platform power control, the state of bridges above.
 */
export function* setPowerState(device: Device, state: PowerState, timing: PciTiming = PCI_TIMING): Op<void> {
  const before = powerState(device)
  if (before === state) return
  const control = readControl(device)
  if (control === null) throw refused(device, state, 'EIO', 'it has no power management')
  if (control === 0xffff) throw refused(device, state, 'EIO', 'it does not answer')
  if (state !== 0) checkTransition(device, before, state)
  const losesState = stateOf(control) === D3HOT && !hasBits(control, PCI_PM_CTRL_NO_SOFT_RESET)
  yield* point(`${device.name}: D${before} to D${state}`)
  writeControl(device, withoutBits(control, PCI_PM_CTRL_STATE_MASK) + state)
  yield* settle(before, state, timing)
  device.powerState = stateOf(readControl(device) ?? 0)
  if (state === 0 && losesState) restoreBars(device)
}

/** Offset of the power management capability, from enumeration; `null` when there is none. */
export const powerCapability = (device: Device): number | null => device.fn.config.capability(PCI_CAP_ID_PM) ?? null

/** The function forgets its registers on the way from D3hot to D0. */
export function losesStateInD3(device: Device): boolean {
  const control = readControl(device)
  return control !== null && !hasBits(control, PCI_PM_CTRL_NO_SOFT_RESET)
}

function checkTransition(device: Device, before: PowerState, state: PowerState): void {
  if (before > state) throw refused(device, state, 'EINVAL', `it is in D${before}, and only D0 is up from there`)
  const offered = device.config.read((powerCapability(device) ?? 0) + PCI_PM_PMC, 2)
  if (state === 1 && !hasBits(offered, PCI_PM_CAP_D1)) throw refused(device, state, 'EIO', 'it does not offer D1')
  if (state === 2 && !hasBits(offered, PCI_PM_CAP_D2)) throw refused(device, state, 'EIO', 'it does not offer D2')
}

function* settle(before: PowerState, state: PowerState, timing: PciTiming): Op<void> {
  if (before === D3HOT || state === D3HOT) yield* sleep(timing.intoOrOutOfD3)
  else if (before === 2 || state === 2) yield* sleep(timing.intoOrOutOfD2)
}

/** From enumeration: the registers hold what they held then (P2P-5). Virtual functions have none of their own. */
function restoreBars({ fn, config }: Device): void {
  if (fn.physicalFunction !== undefined) return
  for (const bar of fn.bars) {
    for (const index of isWide(bar.kind) ? [bar.index, bar.index + 1] : [bar.index]) {
      const at = PCI_BASE_ADDRESS_0 + 4 * index
      const value = fn.config.read32(at)
      if (value !== undefined) config.write(at, 4, value)
    }
  }
}

const stateOf = (control: number): PowerState => maskBits(control, PCI_PM_CTRL_STATE_MASK) as PowerState

function readControl(device: Device): number | null {
  const at = powerCapability(device)
  return at === null ? null : device.config.read(at + PCI_PM_CTRL, 2)
}

function writeControl(device: Device, value: number): void {
  const at = powerCapability(device)
  if (at !== null) device.config.write(at + PCI_PM_CTRL, 2, value)
}

const refused = (device: Device, state: PowerState, errno: 'EIO' | 'EINVAL', why: string): KernelError =>
  new KernelError(errno, 'TRG-5', `${device.name} cannot go to D${state}: ${why}`)
