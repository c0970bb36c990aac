/** Power states as the driver sets them, keeping what the hardware forgets on the way (`vfio_pci_set_power_state`). */
import {
  D3HOT,
  hasBits,
  KernelError,
  losesStateInD3,
  type Op,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_VFE,
  type PowerState,
  powerState,
  restoreState,
  saveState,
  setPowerState,
} from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

/**
 * Move the device to D0 … D3hot.
 *
 * **Locks** `memory_lock` held for writing. **Errors** EBUSY while it has virtual functions; those of `setPowerState`.
 */
export function* setDevicePower(vdev: VfioDevice, state: PowerState): Op<void> {
  const { device, services } = vdev
  if (state > 0 && hasVirtualFunctions(vdev)) {
    throw new KernelError('EBUSY', 'TRG-5', `${device.name} has virtual functions, so it stays in D0`)
  }
  const before = powerState(device)
  const forgets = losesStateInD3(device)
  if (forgets && before < D3HOT && state >= D3HOT) vdev.stateBeforeD3 = saveState(device)
  yield* setPowerState(device, state, services.pci.timing)
  if (state !== 0 || before < D3HOT) return
  const saved = vdev.stateBeforeD3
  if (saved === undefined) return
  restoreState(device, saved, services.pci.restoreAcs)
  vdev.stateBeforeD3 = undefined
}

/** To D0 before a reset, whose own way there would not bring registers back; a refusal does not matter. **Locks** as above. */
export function* wakeDevice(vdev: VfioDevice): Op<void> {
  try {
    yield* setDevicePower(vdev, 0)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
  }
}

function hasVirtualFunctions({ device }: VfioDevice): boolean {
  const at = device.fn.config.extendedCapability(PCI_EXT_CAP_ID_SRIOV)
  return typeof at === 'number' && hasBits(device.config.read(at + PCI_SRIOV_CTRL, 2), PCI_SRIOV_CTRL_VFE)
}
