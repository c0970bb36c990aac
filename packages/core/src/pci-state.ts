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
  readonly registers: readonly SavedRegister[]
}

interface SavedRegister {
  readonly offset: number
  readonly width: ConfigWidth
  readonly value: number
}

/** Keep the header, device and link control, ACS control and SR-IOV control. */
export function saveState(device: Device): SavedState {
  return { registers: placesOf(device).map((place) => ({ ...place, value: device.config.read(...argsOf(place)) })) }
}

/**
 * Write back what differs: capabilities first, the command register last, so that nothing is decoded too early.
 *
 * The real kernel programs ACS anew here from its boot parameters (ACS-9); a platform that does so passes `restoreAcs`.
 * Otherwise the control word comes back as it was.
 */
export function restoreState(device: Device, saved: SavedState, restoreAcs?: (device: Device) => void): void {
  const acs = acsControl(device.fn.config)
  for (const { offset, width, value } of saved.registers) {
    if (offset === acs && restoreAcs !== undefined) continue
    if (device.config.read(offset, width) !== value) device.config.write(offset, width, value)
  }
  restoreAcs?.(device)
}

type Place = Omit<SavedRegister, 'value'>

const argsOf = ({ offset, width }: Place): [number, ConfigWidth] => [offset, width]

/** By the registers of the topology, which do not change: every reset asks. */
const known = new WeakMap<ConfigSpace, readonly Place[]>()

function placesOf({ fn: { config } }: Device): readonly Place[] {
  const places = known.get(config) ?? placesIn(config)
  known.set(config, places)
  return places
}

/** In the order in which they are restored. */
function placesIn(config: ConfigSpace): readonly Place[] {
  const places: Place[] = []
  const express = config.capability(PCI_CAP_ID_EXP)
  for (const register of [PCI_EXP_DEVCTL, PCI_EXP_LNKCTL, PCI_EXP_DEVCTL2]) {
    if (typeof express === 'number') places.push({ offset: express + register, width: 2 })
  }
  const acs = acsControl(config)
  if (acs !== undefined) places.push({ offset: acs, width: 2 })
  for (let offset = HEADER_LENGTH - 4; offset >= 0; offset -= 4) places.push({ offset, width: 4 })
  // Virtual functions come back last: they are there only while the bit is set.
  const sriov = config.extendedCapability(PCI_EXT_CAP_ID_SRIOV)
  if (typeof sriov === 'number') {
    places.push({ offset: sriov + PCI_SRIOV_NUM_VF, width: 2 }, { offset: sriov + PCI_SRIOV_CTRL, width: 2 })
  }
  return places
}

function acsControl(config: ConfigSpace): number | undefined {
  const acs = readAcs(config)
  return acs.kind === 'present' ? acs.offset + PCI_ACS_CTRL : undefined
}
