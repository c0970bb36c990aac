/**
 * Resets of functions and buses, as the PCI core does them for drivers (`pci_try_reset_function`, `pci_reset_bus`).
 *
 * Nothing here tells anybody to let go of the memory that goes dark: only who asks for a reset can revoke before, and a
 * driver that did not ask does not (HAZ-15).
 */
import type { Device, Devices } from './device.ts'
import { KernelError } from './errors.ts'
import type { Op } from './op.ts'
import { quiesce } from './pci-command.ts'
import { setPowerState } from './pci-power.ts'
import { RESET_METHODS, type ResetMethod, type ResetServices, secondaryBusReset } from './pci-reset-method.ts'
import { restoreState, saveState, type SavedState } from './pci-state.ts'
import { PCI_TIMING, type PciTiming } from './pci-timing.ts'
import type { Topology } from './topology.ts'

export interface PciServices {
  readonly topology: Topology
  readonly devices: Devices
  readonly timing?: PciTiming
  /** Programs ACS at each restore of state, when the platform does (ACS-9). */
  readonly restoreAcs?: ((device: Device) => void) | undefined
}

/** The ways the kernel would try, in its order. A capture tells them; else the capabilities do. */
export function resetMethods(services: PciServices, device: Device): readonly ResetMethod[] {
  const told = device.fn.resetMethods
  const known = RESET_METHODS.filter((method) => told === undefined || told.includes(method.name))
  return told === undefined ? known.filter((method) => method.offered(within(services), device)) : known
}

/**
 * Reset one function if nobody holds its device lock.
 *
 * State is saved, decoding switched off, each method tried until one does not say ENOTTY, state restored (TRG-21).
 * **Locks** takes the device lock, never waits for it (VFIO-41).
 * **Errors** ENOTTY without a method or when the function stays silent, EAGAIN when its lock is held, EINVAL from `pm`.
 */
export function* resetFunction(services: PciServices, device: Device): Op<void> {
  if (resetMethods(services, device).length === 0) throw unsupported(device)
  if (!device.lock.tryLock()) {
    throw new KernelError('EAGAIN', 'TRG-9', `the device lock of ${device.name} is held`)
  }
  try {
    const saved = yield* saveAndQuiesce(services, device)
    try {
      yield* resetFunctionLocked(services, device)
    } finally {
      restoreState(device, saved, services.restoreAcs)
      device.resetDone?.()
    }
  } finally {
    device.lock.unlock()
  }
}

/** The same without saving or restoring anything. **Locks** the device lock is held. **Errors** as `resetFunction`. */
export function* resetFunctionLocked(services: PciServices, device: Device): Op<void> {
  device.lock.assertHeld()
  for (const method of resetMethods(services, device)) {
    if (yield* method.reset(within(services), device)) return
  }
  throw unsupported(device)
}

/** The functions that a reset of the bus of `device` takes with it; none on a root bus, which cannot be reset. */
export function busResetReach({ topology, devices }: PciServices, device: Device): readonly Device[] {
  if (device.fn.parent === null) return []
  return topology.children(device.fn.parent).map((fn) => devices.get(fn.bdf))
}

/**
 * Reset every function on the bus of `device`, by the bridge above it.
 *
 * **Locks** takes the device locks of the bridge and of every function, never waits for one. **Errors** ENOTTY on a root
 * bus or when a function stays silent, EAGAIN when a lock is held. **Not modelled** slot resets, buses further below.
 */
export function* resetBus(services: PciServices, device: Device): Op<void> {
  const parent = device.fn.parent
  if (parent === null) throw unsupported(device)
  const bridge = services.devices.get(parent)
  const reached = busResetReach(services, device)
  const held = tryLockAll([bridge, ...reached])
  try {
    const saved: (readonly [Device, SavedState])[] = []
    for (const each of reached) saved.push([each, yield* saveAndQuiesce(services, each)])
    try {
      if (!(yield* secondaryBusReset(within(services), bridge, reached))) throw unsupported(device)
    } finally {
      for (const [each, state] of saved) {
        restoreState(each, state, services.restoreAcs)
        each.resetDone?.()
      }
    }
  } finally {
    for (const each of held) each.lock.unlock()
  }
}

function* saveAndQuiesce(services: PciServices, device: Device): Op<SavedState> {
  try {
    yield* setPowerState(device, 0, services.timing)
  } catch (error) {
    // The kernel goes on: a function that does not answer may well be why it is reset.
    if (!(error instanceof KernelError)) throw error
  }
  const saved = saveState(device)
  quiesce(device)
  return saved
}

function tryLockAll(devices: readonly Device[]): readonly Device[] {
  const held: Device[] = []
  for (const device of devices) {
    if (device.lock.tryLock()) {
      held.push(device)
      continue
    }
    for (const each of held) each.lock.unlock()
    throw new KernelError('EAGAIN', 'TRG-10', `the device lock of ${device.name} is held`)
  }
  return held
}

const within = ({ topology, devices, timing }: PciServices): ResetServices => ({
  topology,
  devices,
  timing: timing ?? PCI_TIMING,
})

const unsupported = (device: Device): KernelError =>
  new KernelError('ENOTTY', 'TRG-9', `no way to reset ${device.name}, or none that it came back from`)
