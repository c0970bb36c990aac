/** PCI Express capability: port type, function level reset, slot. */
import { type ConfigSpace, PCI_CAP_ID_EXP } from '../config-space.ts'
import { addCapability } from './chain.ts'

export const PCI_EXP_FLAGS = 0x02
export const PCI_EXP_DEVCAP = 0x04
export const PCI_EXP_DEVCAP_FLR = 0x1000_0000
export const PCI_EXP_DEVCTL = 0x08
/** Write one to begin a function level reset. */
export const PCI_EXP_DEVCTL_BCR_FLR = 0x8000
export const PCI_EXP_DEVSTA = 0x0a
/** Transactions pending: requests of its own that have not been answered yet. */
export const PCI_EXP_DEVSTA_TRPND = 0x20

const VERSION = 2
const FLAGS_SLOT = 0x100
const LENGTH = 0x3c

/** Device/port type, bits 7:4 of the flags, in the words of the kernel's `PCI_EXP_TYPE_*`. */
const PORT_TYPES = {
  endpoint: 0x0,
  'legacy-endpoint': 0x1,
  'root-port': 0x4,
  'upstream-port': 0x5,
  'downstream-port': 0x6,
  'pcie-to-pci-bridge': 0x7,
  'pci-to-pcie-bridge': 0x8,
  rciep: 0x9,
  'event-collector': 0xa,
} as const
export type PciePortType = keyof typeof PORT_TYPES

export interface PcieCapability {
  readonly offset: number
  /** `undefined`: a value that the specification reserves. */
  readonly portType: PciePortType | undefined
  /** Function level reset is offered. */
  readonly flr: boolean
  /** The port leads to a slot. */
  readonly slot: boolean
}

/** **Shape** `null`: a conventional function; `undefined`: the known bytes do not tell. */
export function readPcie(config: ConfigSpace): PcieCapability | null | undefined {
  const offset = config.capability(PCI_CAP_ID_EXP)
  if (offset === null || offset === undefined) return offset
  const flags = config.read16(offset + PCI_EXP_FLAGS)
  const capabilities = config.read32(offset + PCI_EXP_DEVCAP)
  if (flags === undefined || capabilities === undefined) return undefined
  const type = (flags >>> 4) & 0xf
  const portType = (Object.keys(PORT_TYPES) as PciePortType[]).find((name) => PORT_TYPES[name] === type)
  return { offset, portType, flr: (capabilities & PCI_EXP_DEVCAP_FLR) !== 0, slot: (flags & FLAGS_SLOT) !== 0 }
}

/** Write the capability at `at`, of which it takes 0x3c bytes. */
export function writePcie(
  config: ConfigSpace,
  at: number,
  facts: { readonly portType: PciePortType; readonly flr: boolean; readonly slot: boolean },
): void {
  addCapability(config, PCI_CAP_ID_EXP, at)
  for (let offset = at + PCI_EXP_FLAGS; offset < at + LENGTH; offset += 2) config.write(offset, 2, 0)
  const flags = VERSION | (PORT_TYPES[facts.portType] << 4) | (facts.slot ? FLAGS_SLOT : 0)
  config.write(at + PCI_EXP_FLAGS, 2, flags)
  config.write(at + PCI_EXP_DEVCAP, 4, facts.flr ? PCI_EXP_DEVCAP_FLR : 0)
}
