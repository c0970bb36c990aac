/**
 * Bit by bit: what of configuration space user space may write, and which bits live in the virtual copy and not in the
 * hardware. As the kernel's tables in `vfio_pci_config.c` have it.
 */
import {
  type ConfigWidth,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_BASE_ADDRESS_0,
  PCI_CAPABILITY_LIST,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_INTERRUPT_LINE,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_VENDOR_ID,
} from '@barter/core'
import {
  CONFIG_SIZE,
  CONFIG_SIZE_EXPRESS,
  EXTENDED_HEAD_LENGTH,
  HEAD_LENGTH,
  HEADER_LENGTH,
  type StructureKind,
} from './structure.ts'

const NOTHING = 0
const ALL = 0xffff_ffff
const PCI_CACHE_LINE_SIZE = 0x0c
const PCI_LATENCY_TIMER = 0x0d
const PCI_BIST = 0x0f
const PCI_ROM_ADDRESS = 0x30
const PCI_INTERRUPT_PIN = 0x3d
const CAP_NEXT = 0x01
const PM_CAP_PME_MASK = 0xf800
const PM_CTRL_PME = 0x8100
const EXP_DEVCTL_PAYLOAD_READRQ = 0x70e0
const EXP_DEVCTL_PHANTOM = 0x0200
const EXP_DEVCTL2 = 0x28
const EXP_DEVCTL2_ARI = 0x20
const MSI_FLAGS_ENABLE = 0x01
const AER_UNCORRECTABLE = 0x03ff_f031
const AER_CORRECTABLE = 0xf1c1
const AER_ECRC_ENABLES = 0x0140
const POWER_BUDGET_SELECT = 0x04

/** Masks of one structure, a byte for each of its bytes. */
export class Permissions {
  readonly #virtual: Uint8Array
  readonly #write: Uint8Array

  constructor(length: number) {
    this.#virtual = new Uint8Array(length)
    this.#write = new Uint8Array(length)
  }

  set(offset: number, width: ConfigWidth, virtual: number, write: number): this {
    for (let i = 0; i < width; i++) {
      this.#virtual[offset + i] = (virtual >>> (8 * i)) & 0xff
      this.#write[offset + i] = (write >>> (8 * i)) & 0xff
    }
    return this
  }

  virtual(offset: number, width: ConfigWidth): number {
    return word(this.#virtual, offset, width)
  }

  write(offset: number, width: ConfigWidth): number {
    return word(this.#write, offset, width)
  }
}

export const PERMISSIONS: Readonly<Record<StructureKind, Permissions>> = {
  header: header(),
  pm: new Permissions(8)
    .set(CAP_NEXT, 1, ALL, NOTHING)
    .set(PCI_PM_PMC, 2, PM_CAP_PME_MASK, NOTHING)
    // The state is set by the driver, not by the write (TRG-5, TRG-6). NoSoftRst is read-only in the hardware anyway.
    .set(PCI_PM_CTRL, 4, PM_CTRL_PME, ~(PM_CTRL_PME | PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_NO_SOFT_RESET)),
  express: new Permissions(0x3c)
    .set(CAP_NEXT, 1, ALL, NOTHING)
    .set(PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_BCR_FLR | EXP_DEVCTL_PAYLOAD_READRQ, ~EXP_DEVCTL_PHANTOM)
    .set(EXP_DEVCTL2, 2, NOTHING, ~EXP_DEVCTL2_ARI),
  af: new Permissions(6).set(CAP_NEXT, 1, ALL, NOTHING).set(PCI_AF_CTRL, 1, PCI_AF_CTRL_FLR, PCI_AF_CTRL_FLR),
  msi32: msi(14).set(0x08, 2, ALL, ALL).set(0x0c, 4, NOTHING, ALL),
  msi64: msi(24).set(0x08, 4, ALL, ALL).set(0x0c, 2, ALL, ALL).set(0x10, 4, NOTHING, ALL),
  // Nobody but the vendor knows what they are for, so they are the user's.
  vendor: raw(CONFIG_SIZE, HEAD_LENGTH),
  vendorExtended: raw(CONFIG_SIZE_EXPRESS, EXTENDED_HEAD_LENGTH),
  aer: new Permissions(0x38)
    .set(0, 4, ALL, NOTHING)
    .set(0x04, 4, NOTHING, AER_UNCORRECTABLE)
    .set(0x08, 4, NOTHING, AER_UNCORRECTABLE)
    .set(0x0c, 4, NOTHING, AER_UNCORRECTABLE)
    .set(0x10, 4, NOTHING, AER_CORRECTABLE)
    .set(0x14, 4, NOTHING, AER_CORRECTABLE)
    .set(0x18, 4, NOTHING, AER_ECRC_ENABLES),
  powerBudget: new Permissions(0x10).set(0, 4, ALL, NOTHING).set(POWER_BUDGET_SELECT, 1, NOTHING, ALL),
  // Other capabilities are read as they are, but for the chain, and not written.
  head: new Permissions(HEAD_LENGTH).set(0, 2, ALL, NOTHING),
  headExtended: new Permissions(EXTENDED_HEAD_LENGTH).set(0, 4, ALL, NOTHING),
  other: new Permissions(0),
}

/** Messages are set up in the copy alone; they are switched on by an ioctl and not here. */
function msi(length: number): Permissions {
  return new Permissions(length)
    .set(CAP_NEXT, 1, ALL, NOTHING)
    .set(0x02, 1, ALL, ALL & ~MSI_FLAGS_ENABLE)
    .set(0x04, 4, ALL, ALL)
}

function raw(length: number, head: number): Permissions {
  const permissions = new Permissions(length)
  for (let at = 0; at < length; at++) permissions.set(at, 1, at < head ? ALL : NOTHING, at < head ? NOTHING : ALL)
  return permissions
}

function header(): Permissions {
  const permissions = new Permissions(HEADER_LENGTH)
    .set(PCI_VENDOR_ID, 4, ALL, NOTHING)
    .set(PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE, ALL)
    .set(PCI_STATUS, 2, PCI_STATUS_CAP_LIST, ALL)
    .set(PCI_CACHE_LINE_SIZE, 1, NOTHING, ALL)
    .set(PCI_LATENCY_TIMER, 1, NOTHING, ALL)
    .set(PCI_BIST, 1, NOTHING, ALL)
    .set(PCI_ROM_ADDRESS, 4, ALL, ALL)
    .set(PCI_CAPABILITY_LIST, 1, ALL, NOTHING)
    .set(PCI_INTERRUPT_LINE, 1, ALL, ALL)
    .set(PCI_INTERRUPT_PIN, 1, ALL, NOTHING)
  for (let bar = 0; bar < 6; bar++) permissions.set(PCI_BASE_ADDRESS_0 + 4 * bar, 4, ALL, ALL)
  return permissions
}

function word(bytes: Uint8Array, offset: number, width: ConfigWidth): number {
  let value = 0
  for (let i = width - 1; i >= 0; i--) value = ((value << 8) | (bytes[offset + i] ?? 0)) >>> 0
  return value
}
