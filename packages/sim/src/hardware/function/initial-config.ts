/** The bytes a function starts a run with: those of the topology, completed where a capture is short. */
import {
  ConfigSpace,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  type PciFunction,
  writeBarRegister,
  writeCommand,
} from '@barter/core'

const HEADER = 0x40

/**
 * A capture with less than a header is completed from the records of the function: ids, class, BARs, bus numbers, and
 * decoding and bus mastering switched on. A virtual function's ids read as all ones on the wire; software sees the
 * kernel's, and so does this model.
 *
 * **Shape** the topology's own object where nothing is to be completed: copy it before writing.
 */
export function initialConfig(fn: PciFunction): ConfigSpace {
  if (fn.config.length < HEADER) return fromRecords(fn)
  if (fn.physicalFunction === undefined || !fn.config.silent) return fn.config
  const config = fn.config.copy()
  writeIds(config, fn)
  return config
}

/** The capture tells what the bridge forwards. */
export const windowsKnown = (fn: PciFunction): boolean => fn.config.length >= HEADER && !fn.config.silent

/** It did not answer when the capture was made: powered off, or gone. */
export const absentFromStart = (fn: PciFunction): boolean =>
  fn.physicalFunction === undefined && fn.config.length >= HEADER && fn.config.silent

function fromRecords(fn: PciFunction): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(HEADER))
  writeIds(config, fn)
  config.write(PCI_CLASS_REVISION, 4, fn.classCode * 0x100)
  writeCommand(config, { io: false, memory: true, master: true })
  if (fn.bridge !== undefined) {
    config.write(PCI_HEADER_TYPE, 1, 1)
    config.write(PCI_SECONDARY_BUS, 1, fn.bridge.secondary)
    config.write(PCI_SUBORDINATE_BUS, 1, fn.bridge.subordinate)
  }
  for (const { index, kind, bus } of fn.bars) writeBarRegister(config, { index, kind, bus })
  return config
}

function writeIds(config: ConfigSpace, fn: PciFunction): void {
  config.write(PCI_VENDOR_ID, 2, fn.vendor)
  config.write(PCI_DEVICE_ID, 2, fn.device)
}
