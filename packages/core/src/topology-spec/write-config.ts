/** The configuration space of a planned function, byte for byte as hardware would answer. */
import { writeAcs } from '../capability/acs-capability.ts'
import { writeAf } from '../capability/af.ts'
import { writeBarRegister } from '../capability/bar.ts'
import { writeBridgeWindows } from '../capability/bridge-window.ts'
import { writeCommand } from '../capability/command.ts'
import { writeMsix } from '../capability/msix.ts'
import { type PciePortType, writePcie } from '../capability/pcie.ts'
import { writePowerManagement } from '../capability/pm.ts'
import { writeSriov } from '../capability/sriov.ts'
import {
  ConfigSpace,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_MFD,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
} from '../config-space.ts'
import { bdfParts } from '../bdf.ts'
import { busAddr } from '../address.ts'
import type { FunctionKind } from '../pci-function.ts'
import type { PlannedBar, PlannedBridge, PlannedFunction } from './planned.ts'

/** Where the capabilities lie. */
const PM = 0x40
const MSIX = 0x50
const AF = 0x60
const PCIE = 0x70
const FIRST_EXTENDED = 0x100
/** ACS takes 8 bytes, and 4 more with an egress control vector. */
const BEHIND_ACS = 0x120

const PORT_TYPE: Readonly<Record<FunctionKind, PciePortType>> = {
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pci-bridge': 'pcie-to-pci-bridge',
  endpoint: 'endpoint',
  rciep: 'rciep',
  'host-bridge': 'rciep',
}

/**
 * **Shape** 4096 bytes for PCI Express, 256 for conventional PCI. `multiFunction`: others share its device number.
 *
 * **Not modelled** a virtual function's ids and BARs read as in the kernel's records, not as the ones and zeros of
 * real ones; firmware has switched on memory decoding and bus mastering everywhere.
 */
export function configOf(fn: PlannedFunction, multiFunction: boolean): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(fn.pcie ? 4096 : 256))
  config.write(PCI_VENDOR_ID, 2, fn.identity.vendor)
  config.write(PCI_DEVICE_ID, 2, fn.identity.device)
  config.write(PCI_CLASS_REVISION, 4, fn.identity.classCode * 0x100)
  config.write(PCI_HEADER_TYPE, 1, (fn.bridge === undefined ? 0 : 1) + (multiFunction ? PCI_HEADER_TYPE_MFD : 0))
  writeCommand(config, { io: usesPorts(fn), memory: true, master: true })
  for (const bar of fn.bars) writeBarRegister(config, register(bar))
  if (fn.bridge !== undefined) writeBridge(config, fn, fn.bridge)
  if (fn.kind !== 'host-bridge') writeCapabilities(config, fn)
  return config
}

function writeBridge(config: ConfigSpace, fn: PlannedFunction, bridge: PlannedBridge): void {
  config.write(PCI_PRIMARY_BUS, 1, bdfParts(fn.bdf).bus)
  config.write(PCI_SECONDARY_BUS, 1, bridge.secondary)
  config.write(PCI_SUBORDINATE_BUS, 1, bridge.subordinate)
  writeBridgeWindows(config, bridge.windows)
}

function writeCapabilities(config: ConfigSpace, fn: PlannedFunction): void {
  const { endpoint } = fn
  writePowerManagement(config, PM, { noSoftReset: endpoint?.pmReset !== true })
  if (fn.msix !== undefined) writeMsix(config, MSIX, fn.msix)
  if (!fn.pcie) {
    if (endpoint?.flr === true) writeAf(config, AF)
    return
  }
  const slot = fn.kind === 'root-port' || fn.kind === 'downstream-port'
  writePcie(config, PCIE, { portType: PORT_TYPE[fn.kind], flr: offersFlr(fn), slot })
  if (fn.acs !== null) writeAcs(config, FIRST_EXTENDED, fn.acs)
  if (fn.vfs !== undefined) {
    writeSriov(config, fn.acs === null ? FIRST_EXTENDED : BEHIND_ACS, {
      enabled: true,
      memoryEnabled: true,
      totalVfs: fn.vfs.count,
      numVfs: fn.vfs.count,
      firstVfOffset: fn.vfs.offset,
      stride: 1,
      vfDevice: fn.vfs.device,
      bars: fn.vfs.bars.map(register),
    })
  }
}

/** Function level reset, by whichever capability; virtual functions always have it. */
export function offersFlr(fn: PlannedFunction): boolean {
  return fn.virtual !== undefined || (fn.endpoint !== undefined && (fn.endpoint.flr ?? fn.pcie))
}

const register = ({ index, kind, bus }: PlannedBar) => ({ index, kind, bus: busAddr(bus) })

const usesPorts = (fn: PlannedFunction): boolean =>
  fn.bars.some((bar) => bar.kind === 'io') || fn.bridge?.windows.io !== undefined
