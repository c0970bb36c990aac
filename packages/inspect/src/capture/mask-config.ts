/** What in configuration space tells one device from another of its kind. */
import { ConfigSpace } from '@barter/core'

const PCI_CAP_ID_VPD = 0x03
/** Four bytes of the vital product data, as last read. */
const PCI_VPD_DATA = 4
const PCI_EXT_CAP_ID_DSN = 0x03
/** Eight bytes; those of a network card are made of its MAC address. */
const PCI_DSN_LOWER = 4
const PCI_DSN_UPPER = 8

export interface MaskedConfig {
  readonly bytes: Uint8Array
  /** Registers that held something. */
  readonly serialNumber: boolean
  readonly vpd: boolean
}

/** The same bytes with zeros for the Device Serial Number and for what the VPD register holds. */
export function maskConfig(bytes: Uint8Array): MaskedConfig {
  const config = new ConfigSpace(bytes.slice())
  if (config.silent) return { bytes, serialNumber: false, vpd: false }
  const serial = config.extendedCapability(PCI_EXT_CAP_ID_DSN)
  const vpd = config.capability(PCI_CAP_ID_VPD)
  const wipe = (offset: number): boolean => {
    const held = (config.read32(offset) ?? 0) !== 0
    config.write(offset, 4, 0)
    return held
  }
  return {
    serialNumber:
      typeof serial === 'number' && [PCI_DSN_LOWER, PCI_DSN_UPPER].map((at) => wipe(serial + at)).some(Boolean),
    vpd: typeof vpd === 'number' && wipe(vpd + PCI_VPD_DATA),
    bytes: config.bytes,
  }
}
