/**
 * Does a function keep its peers apart, as the kernel asks before it makes IOMMU groups? A stricter question than
 * "does it redirect" (ACS-1), and with other exceptions.
 */
import { type AcsBit, type AcsState, acsHas, PCI_ACS_CTRL, PCI_ACS_DWORD_CTRL, readAcs } from './acs.ts'
import { ACS_QUIRKS, quirkNames } from './acs-quirks.ts'
import { bdfParts } from './bdf.ts'
import { type PciePortType, readPcie } from './capability/pcie.ts'
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_MFD } from './config-space.ts'
import { hasBits } from './capability/register-bits.ts'
import type { FunctionKind, PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

/** All of them have to be enforced (`REQ_ACS_FLAGS`). */
const REQUIRED: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']

const PORT_TYPE: Readonly<Record<FunctionKind, PciePortType | null>> = {
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pci-bridge': 'pcie-to-pci-bridge',
  endpoint: 'endpoint',
  rciep: 'rciep',
  'host-bridge': null,
}

/**
 * True if requests from below the function, or from a sibling, cannot reach a peer without passing the root complex.
 *
 * ACS words that a capture does not tell count as not enforced, so that groups become too large and not too small.
 * **Source** ACS-13
 */
export function acsEnforced(topology: Topology, fn: PciFunction): boolean {
  const quirk = byQuirk(topology, fn)
  if (quirk !== undefined) return quirk
  switch (portTypeOf(fn)) {
    case 'root-port':
    case 'downstream-port':
      return flagsEnforced(readAcs(fn.config))
    case 'upstream-port':
    case 'endpoint':
    case 'legacy-endpoint':
    case 'rciep':
      return !isMultiFunction(fn) || flagsEnforced(readAcs(fn.config))
    default:
      // Conventional PCI, bridges to and from it, event collectors: on shared wires anybody hears everybody.
      return false
  }
}

/** Type by the capability, else by what the capture says of its role; `null`: conventional PCI. */
export function portTypeOf(fn: PciFunction): PciePortType | null {
  const express = readPcie(fn.config)
  if (express === null || fn.pcie === false) return null
  return express?.portType ?? PORT_TYPE[fn.kind]
}

/** Others share its device number, as the header says. A virtual function never counts as one of several. */
export function isMultiFunction(fn: PciFunction): boolean {
  if (fn.physicalFunction !== undefined) return false
  return bdfParts(fn.bdf).function > 0 || hasBits(fn.config.read8(PCI_HEADER_TYPE) ?? 0, PCI_HEADER_TYPE_MFD)
}

/** Bits missing from the capability count as enforced by wiring. */
function flagsEnforced(acs: AcsState): boolean {
  if (acs.kind !== 'present') return false
  return REQUIRED.every((bit) => !acsHas(acs.capability, bit) || acsHas(acs.control, bit))
}

/**
 * Where the control word of a function lies that has ACS; Sunrise Point root ports have it behind a capability of four bytes.
 * Whoever asks whether a path redirects reads the usual place all the same, and finds nothing there (ACS-12).
 * **Shape** `offset` from the start of configuration space; `undefined` without ACS, or where a capture does not tell.
 */
export function acsControlPlace(fn: PciFunction): { readonly offset: number; readonly width: 2 | 4 } | undefined {
  const acs = readAcs(fn.config)
  if (acs.kind !== 'present') return undefined
  if (!hasDwordControl(fn)) return { offset: acs.offset + PCI_ACS_CTRL, width: 2 }
  return { offset: acs.offset + PCI_ACS_DWORD_CTRL, width: 4 }
}

const hasDwordControl = (fn: PciFunction): boolean =>
  ACS_QUIRKS.some(
    (row) =>
      row.says === 'dword-control' &&
      row.vendor === fn.vendor &&
      quirkNames(row, fn.device) &&
      row.portTypes?.some((type) => type === portTypeOf(fn)) === true,
  )

function byQuirk(topology: Topology, fn: PciFunction): boolean | undefined {
  for (const row of ACS_QUIRKS) {
    if (row.vendor !== fn.vendor || !quirkNames(row, fn.device)) continue
    if (row.portTypes !== undefined && !row.portTypes.some((type) => type === portTypeOf(fn))) continue
    if (row.southBridge === true && !inAmdSouthBridge(topology, fn)) continue
    if (row.says !== 'dword-control') return row.says === 'enforced'
    const acs = readAcs(fn.config)
    if (acs.kind === 'none') continue
    if (acs.kind === 'unknown') return false
    return flagsEnforced({ ...acs, control: fn.config.read32(acs.offset + PCI_ACS_DWORD_CTRL) ?? 0 })
  }
  return undefined
}

const inAmdSouthBridge = (topology: Topology, fn: PciFunction): boolean =>
  fn.parent === null && isMultiFunction(fn) && topology.cpu.vendor === 'AuthenticAMD'
