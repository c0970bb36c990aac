/** SR-IOV capability of a physical function: where its virtual functions sit and what they decode. */
import { type ConfigSpace, PCI_EXT_CAP_ID_SRIOV } from '../config-space.ts'
import { type BarRegister, readBarsAt, writeBarRegister } from './bar.ts'
import { addExtendedCapability } from './chain.ts'

export const PCI_SRIOV_CTRL = 0x08
export const PCI_SRIOV_CTRL_VFE = 0x01
/** Memory space enable of all virtual functions; their own command bits read as zero. */
export const PCI_SRIOV_CTRL_MSE = 0x08
const INITIAL_VF = 0x0c
const TOTAL_VF = 0x0e
const NUM_VF = 0x10
const VF_OFFSET = 0x14
const VF_STRIDE = 0x16
const VF_DEVICE_ID = 0x1a
const SUPPORTED_PAGES = 0x1c
const SYSTEM_PAGE = 0x20
const VF_BAR = 0x24
/** The bit for pages of 4 KiB. */
const PAGES_4K = 0x1

export interface Sriov {
  readonly offset: number
  readonly enabled: boolean
  readonly memoryEnabled: boolean
  readonly totalVfs: number
  /** Virtual functions that exist while `enabled`. */
  readonly numVfs: number
  /** Added to the routing id of the physical function to reach the first, and to reach each next. */
  readonly firstVfOffset: number
  readonly stride: number
  readonly vfDevice: number
  /** First virtual function's BARs; BAR n of function k lies k lengths further. Lengths are not in the bytes. */
  readonly bars: readonly BarRegister[]
}

/** **Shape** `null`: no such capability; `undefined`: the known bytes do not tell. */
export function readSriov(config: ConfigSpace): Sriov | null | undefined {
  const offset = config.extendedCapability(PCI_EXT_CAP_ID_SRIOV)
  if (offset === null || offset === undefined) return offset
  // One read past the last BAR says whether the known bytes reach the whole capability.
  if (config.read32(offset + VF_BAR + 20) === undefined) return undefined
  const word = (at: number): number => config.read16(offset + at) ?? 0
  return {
    offset,
    enabled: (word(PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE) !== 0,
    memoryEnabled: (word(PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_MSE) !== 0,
    totalVfs: word(TOTAL_VF),
    numVfs: word(NUM_VF),
    firstVfOffset: word(VF_OFFSET),
    stride: word(VF_STRIDE),
    vfDevice: word(VF_DEVICE_ID),
    bars: readBarsAt(config, offset + VF_BAR, 6),
  }
}

/** Write the capability at `at`, of which it takes 0x40 bytes, with 4 KiB pages. */
export function writeSriov(config: ConfigSpace, at: number, facts: Omit<Sriov, 'offset'>): void {
  addExtendedCapability(config, PCI_EXT_CAP_ID_SRIOV, 1, at)
  const control = (facts.enabled ? PCI_SRIOV_CTRL_VFE : 0) | (facts.memoryEnabled ? PCI_SRIOV_CTRL_MSE : 0)
  config.write(at + PCI_SRIOV_CTRL, 2, control)
  config.write(at + INITIAL_VF, 2, facts.totalVfs)
  config.write(at + TOTAL_VF, 2, facts.totalVfs)
  config.write(at + NUM_VF, 2, facts.numVfs)
  config.write(at + VF_OFFSET, 2, facts.firstVfOffset)
  config.write(at + VF_STRIDE, 2, facts.stride)
  config.write(at + VF_DEVICE_ID, 2, facts.vfDevice)
  config.write(at + SUPPORTED_PAGES, 4, PAGES_4K)
  config.write(at + SYSTEM_PAGE, 4, PAGES_4K)
  for (const bar of facts.bars) writeBarRegister(config, bar, at + VF_BAR)
}
