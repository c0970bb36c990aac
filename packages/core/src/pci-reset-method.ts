/** The ways to reset a function: by its own capabilities, by power, by the bus. */
import { PCI_AF_CTRL, PCI_AF_CTRL_FLR, readAf } from './capability/af.ts'
import {
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_EXP_DEVSTA,
  PCI_EXP_DEVSTA_TRPND,
  readPcie,
} from './capability/pcie.ts'
import { hasBits, withBits, withoutBits } from './capability/register-bits.ts'
import type { Device, Devices } from './device.ts'
import { KernelError } from './errors.ts'
import { type Op, point, sleep } from './op.ts'
import { answersConfig } from './pci-command.ts'
import { losesStateInD3, powerCapability, powerState, setPowerState } from './pci-power.ts'
import type { PciTiming } from './pci-timing.ts'
import type { Topology } from './topology.ts'

export const PCI_BRIDGE_CONTROL = 0x3e
export const PCI_BRIDGE_CTL_BUS_RESET = 0x40
const FIRST_PAUSE = 1_000

export interface ResetServices {
  readonly topology: Topology
  readonly devices: Devices
  readonly timing: PciTiming
}

export interface ResetMethod {
  /** As sysfs has it in `reset_method`. */
  readonly name: 'flr' | 'af_flr' | 'pm' | 'bus'
  offered(services: ResetServices, device: Device): boolean
  /** False: it does not apply after all, or the function did not come back (ENOTTY). */
  reset(services: ResetServices, device: Device): Op<boolean>
}

/** In the kernel's order. **Not modelled** methods of single devices, ACPI, CXL. */
export const RESET_METHODS: readonly ResetMethod[] = [
  { name: 'flr', offered: (_, device) => readPcie(device.fn.config)?.flr === true, reset: functionLevelReset },
  { name: 'af_flr', offered: (_, device) => readAf(device.fn.config)?.flr === true, reset: advancedFeaturesReset },
  { name: 'pm', offered: (_, device) => powerCapability(device) !== null && losesStateInD3(device), reset: powerReset },
  { name: 'bus', offered: aloneOnItsBus, reset: busReset },
]

/** HAZ-4: wait for what the function asked, set the bit, wait until it answers again. */
function* functionLevelReset(services: ResetServices, device: Device): Op<boolean> {
  const express = readPcie(device.fn.config)
  if (express === null || express === undefined || !express.flr) return false
  yield* pendingTransactions(device, express.offset)
  const at = express.offset + PCI_EXP_DEVCTL
  yield* point(`${device.name}: function level reset`)
  device.config.write(at, 2, withBits(device.config.read(at, 2), PCI_EXP_DEVCTL_BCR_FLR))
  return yield* comesBack(device, services.timing)
}

function* advancedFeaturesReset(services: ResetServices, device: Device): Op<boolean> {
  const af = readAf(device.fn.config)
  if (af === null || af === undefined || !af.flr) return false
  yield* point(`${device.name}: function level reset`)
  device.config.write(af.offset + PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR)
  return yield* comesBack(device, services.timing)
}

/** Through D3hot and back. **Errors** EINVAL unless it is in D0. */
function* powerReset({ timing }: ResetServices, device: Device): Op<boolean> {
  if (!losesStateInD3(device)) return false
  if (powerState(device) !== 0) throw new KernelError('EINVAL', 'TRG-9', `${device.name} is not in D0`)
  yield* setPowerState(device, 3, timing)
  yield* setPowerState(device, 0, timing)
  return yield* ready(device, timing)
}

function aloneOnItsBus({ topology }: ResetServices, { fn }: Device): boolean {
  if (fn.parent === null || fn.bridge !== undefined || fn.physicalFunction !== undefined) return false
  return topology.children(fn.parent).length === 1
}

function* busReset(services: ResetServices, device: Device): Op<boolean> {
  if (device.fn.parent === null || !aloneOnItsBus(services, device)) return false
  return yield* secondaryBusReset(services, services.devices.get(device.fn.parent), [device])
}

/** Hold the bus below `bridge` in reset, then wait for `below`. False: one of them did not come back. */
export function* secondaryBusReset({ timing }: ResetServices, bridge: Device, below: readonly Device[]): Op<boolean> {
  const control = bridge.config.read(PCI_BRIDGE_CONTROL, 2)
  yield* point(`${bridge.name}: bus reset`)
  bridge.config.write(PCI_BRIDGE_CONTROL, 2, withBits(control, PCI_BRIDGE_CTL_BUS_RESET))
  yield* sleep(timing.busResetHold)
  bridge.config.write(PCI_BRIDGE_CONTROL, 2, withoutBits(control, PCI_BRIDGE_CTL_BUS_RESET))
  yield* sleep(timing.resetSettle)
  for (const device of below) if (!(yield* ready(device, timing))) return false
  return true
}

/** Requests of the function that nobody has answered yet; the kernel gives up on them after 700 ms and goes on. */
function* pendingTransactions(device: Device, express: number): Op<void> {
  for (let pause = 100_000; pause <= 400_000; pause *= 2) {
    if (!hasBits(device.config.read(express + PCI_EXP_DEVSTA, 2), PCI_EXP_DEVSTA_TRPND)) return
    yield* sleep(pause)
  }
}

function* comesBack(device: Device, timing: PciTiming): Op<boolean> {
  yield* sleep(timing.resetSettle)
  return yield* ready(device, timing)
}

/** Ask until it answers, with twice the pause each time. */
function* ready(device: Device, timing: PciTiming): Op<boolean> {
  for (let pause = FIRST_PAUSE; !answersConfig(device); pause *= 2) {
    if (pause > timing.readyLimit) return false
    yield* sleep(pause)
  }
  return true
}
