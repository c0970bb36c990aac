/**
 * Configuration space of one function as bytes. A capture may hold fewer than the function has, so every read can
 * answer `undefined`: not known. Bytes are little-endian, as on the bus.
 */
export type ConfigWidth = 1 | 2 | 4

/** Offsets and bits of the standard header, named as in the PCI specification and the kernel. */
export const PCI_VENDOR_ID = 0x00
export const PCI_DEVICE_ID = 0x02
export const PCI_COMMAND = 0x04
export const PCI_COMMAND_IO = 0x1
export const PCI_COMMAND_MEMORY = 0x2
export const PCI_COMMAND_MASTER = 0x4
export const PCI_STATUS = 0x06
export const PCI_STATUS_CAP_LIST = 0x10
export const PCI_CLASS_REVISION = 0x08
export const PCI_HEADER_TYPE = 0x0e
export const PCI_HEADER_TYPE_MFD = 0x80
export const PCI_BASE_ADDRESS_0 = 0x10
export const PCI_PRIMARY_BUS = 0x18
export const PCI_SECONDARY_BUS = 0x19
export const PCI_SUBORDINATE_BUS = 0x1a
export const PCI_MEMORY_BASE = 0x20
export const PCI_MEMORY_LIMIT = 0x22
export const PCI_PREF_MEMORY_BASE = 0x24
export const PCI_PREF_MEMORY_LIMIT = 0x26
export const PCI_PREF_BASE_UPPER32 = 0x28
export const PCI_PREF_LIMIT_UPPER32 = 0x2c
export const PCI_CAPABILITY_LIST = 0x34
export const PCI_INTERRUPT_LINE = 0x3c

export const PCI_CAP_ID_PM = 0x01
export const PCI_CAP_ID_MSI = 0x05
export const PCI_CAP_ID_EXP = 0x10
export const PCI_CAP_ID_MSIX = 0x11
export const PCI_CAP_ID_AF = 0x13
export const PCI_EXT_CAP_ID_ERR = 0x01
export const PCI_EXT_CAP_ID_ACS = 0x0d
export const PCI_EXT_CAP_ID_SRIOV = 0x10

export class ConfigSpace {
  readonly bytes: Uint8Array

  /** **Shape** `bytes`: the first bytes of the space, 64 to 4096 of them; what lies beyond is unknown. */
  constructor(bytes: Uint8Array) {
    // `slice` of a Node Buffer is a view and no copy: what a run writes would change the topology.
    this.bytes = bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes)
  }

  /** How many bytes are known. */
  get length(): number {
    return this.bytes.length
  }

  copy(): ConfigSpace {
    return new ConfigSpace(this.bytes.slice())
  }

  read8(offset: number): number | undefined {
    return offset >= 0 ? this.bytes[offset] : undefined
  }

  read16(offset: number): number | undefined {
    return this.read(offset, 2)
  }

  read32(offset: number): number | undefined {
    return this.read(offset, 4)
  }

  read(offset: number, width: ConfigWidth): number | undefined {
    const { bytes } = this
    if (offset < 0 || offset + width > bytes.length) return undefined
    const low = bytes[offset] as number
    if (width === 1) return low
    const word = low | ((bytes[offset + 1] as number) << 8)
    if (width === 2) return word
    return (word | ((bytes[offset + 2] as number) << 16) | ((bytes[offset + 3] as number) << 24)) >>> 0
  }

  /** Write within the known bytes; what lies beyond is ignored, as by hardware that lacks the register. */
  write(offset: number, width: ConfigWidth, value: number): void {
    if (offset < 0 || offset + width > this.bytes.length) return
    for (let i = 0; i < width; i++) this.bytes[offset + i] = (value >>> (8 * i)) & 0xff
  }

  /** True when the function does not answer: vendor reads as all ones. */
  get silent(): boolean {
    return this.read16(PCI_VENDOR_ID) === 0xffff
  }

  /** 0 endpoint, 1 PCI bridge, 2 CardBus; `undefined` when unknown. */
  get headerType(): number | undefined {
    const type = this.read8(PCI_HEADER_TYPE)
    return type === undefined ? undefined : type & 0x7f
  }

  /** Offset of a standard capability, `null` when there is none, `undefined` when the known bytes do not tell. */
  capability(id: number): number | null | undefined {
    const status = this.read16(PCI_STATUS)
    if (status === undefined) return undefined
    if ((status & PCI_STATUS_CAP_LIST) === 0) return null
    let at = this.read8(PCI_CAPABILITY_LIST)
    // At most 48 entries fit; a longer walk is a loop in corrupt bytes.
    for (let steps = 0; steps < 48; steps++) {
      if (at === undefined) return undefined
      at &= 0xfc
      if (at < 0x40) return null
      const found = this.read8(at)
      if (found === undefined) return undefined
      if (found === 0xff) return null
      if (found === id) return at
      at = this.read8(at + 1)
    }
    return null
  }

  /** Offset of an extended capability (PCIe only), `null` when there is none, `undefined` when not known. */
  extendedCapability(id: number): number | null | undefined {
    const pcie = this.capability(PCI_CAP_ID_EXP)
    if (pcie === null) return null
    if (this.length <= 0x100) return undefined
    let at = 0x100
    for (let steps = 0; steps < 960; steps++) {
      const header = this.read32(at)
      if (header === undefined) return undefined
      if (header === 0 || header === 0xffffffff) return null
      if ((header & 0xffff) === id) return at
      at = (header >>> 20) & 0xffc
      if (at < 0x100) return null
    }
    return null
  }
}
