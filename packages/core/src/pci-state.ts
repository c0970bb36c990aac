/** The configuration of a function, kept over a reset (`pci_save_state`, `pci_restore_state`). */
import { PCI_ACS_CTRL, readAcs } from './acs.ts'
import { PCI_EXP_DEVCTL } from './capability/pcie.ts'
import { PCI_SRIOV_CTRL } from './capability/sriov.ts'
import { type ConfigSpace, type ConfigWidth, PCI_CAP_ID_EXP, PCI_EXT_CAP_ID_SRIOV } from './config-space.ts'
import type { Device } from './device.ts'

const HEADER_LENGTH = 0x40
const PCI_EXP_LNKCTL = 0x10
const PCI_EXP_DEVCTL2 = 0x28
const PCI_SRIOV_NUM_VF = 0x10

export interface SavedState {
  /** Of each register that is kept, in the order in which they are restored. */
  readonly values: readonly number[]
}

/** Keep the header, device and link control, ACS control and SR-IOV control. */
export function saveState(device: Device): SavedState {
  const values: number[] = []
  for (const { offset, width } of placesOf(device).registers) values.push(device.config.read(offset, width))
  return { values }
}

/**
 * Write back what differs: capabilities first, the command register last, so that nothing is decoded too early.
 *
 * The real kernel programs ACS anew here from its boot parameters (ACS-9); a platform that does so passes `restoreAcs`.
 * Otherwise the control word comes back as it was.
 */
export function restoreState(device: Device, saved: SavedState, restoreAcs?: (device: Device) => void): void {
  const { registers, acs } = placesOf(device)
  for (const [i, { offset, width }] of registers.entries()) {
    if (offset === acs && restoreAcs !== undefined) continue
    const value = saved.values[i]
    if (value !== undefined && device.config.read(offset, width) !== value) device.config.write(offset, width, value)
  }
  restoreAcs?.(device)
}

interface Places {
  readonly registers: readonly { readonly offset: number; readonly width: ConfigWidth }[]
  /** Which of them is the ACS control word. */
  readonly acs: number | undefined
}

/** By the registers of the topology, which do not change: every reset asks. */
const known = new WeakMap<ConfigSpace, Places>()

function placesOf({ fn: { config } }: Device): Places {
  const found = known.get(config)
  if (found !== undefined) return found
  const places = placesIn(config)
  known.set(config, places)
  return places
}

/** In the order in which they are restored. */
function placesIn(config: ConfigSpace): Places {
  const registers: Places['registers'][number][] = []
  const express = config.capability(PCI_CAP_ID_EXP)
  for (const register of [PCI_EXP_DEVCTL, PCI_EXP_LNKCTL, PCI_EXP_DEVCTL2]) {
    if (typeof express === 'number') registers.push({ offset: express + register, width: 2 })
  }
  const acs = acsControl(config)
  if (acs !== undefined) registers.push({ offset: acs, width: 2 })
  for (let offset = HEADER_LENGTH - 4; offset >= 0; offset -= 4) registers.push({ offset, width: 4 })
  // Virtual functions come back last: they are there only while the bit is set.
  const sriov = config.extendedCapability(PCI_EXT_CAP_ID_SRIOV)
  if (typeof sriov === 'number') {
    registers.push({ offset: sriov + PCI_SRIOV_NUM_VF, width: 2 }, { offset: sriov + PCI_SRIOV_CTRL, width: 2 })
  }
  return { registers, acs }
}

function acsControl(config: ConfigSpace): number | undefined {
  const acs = readAcs(config)
  return acs.kind === 'present' ? acs.offset + PCI_ACS_CTRL : undefined
}
