/**
 * Which bits of a configuration space software can change, and which of them a reset clears.
 *
 * The header and the capabilities that matter to peer traffic are spelled out; any other capability takes what is
 * written, its header excepted. **Not modelled** write-one-to-clear status bits (they stay as captured), expansion ROM,
 * resizable BARs, the values that device-specific registers have after a reset.
 */
import {
  acsControlPlace,
  ACS_BITS,
  type ConfigSpace,
  PCI_ACS_CAP,
  PCI_ACS_CTRL,
  PCI_ACS_DWORD_CTRL,
  PCI_ACS_EGRESS_CTL_V,
  PCI_AF_CTRL,
  PCI_BASE_ADDRESS_0,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_PM_CTRL,
  readAf,
  readPcie,
} from '@barter/core'
import type { WiredFunction } from '../wiring.ts'
import { barMasks } from './bar-mask.ts'
import { type CapabilityPlace, extendedCapabilities, standardCapabilities } from './capabilities.ts'

const PCI_BRIDGE_CONTROL = 0x3e

const STANDARD_FIRST = 0x40
const EXTENDED_FIRST = 0x100

export interface RegisterMap {
  /** By byte: ones where software can write. */
  readonly writable: Uint8Array
  /** By byte: ones where a reset clears. */
  readonly cleared: Uint8Array
  /** Offsets of the bytes of which a reset clears anything: few. */
  readonly clearedAt: readonly number[]
  /** Offsets of registers whose writes do more than store; -1 where the function lacks them. */
  readonly pmControl: number
  readonly deviceControl: number
  readonly afControl: number
  readonly bridgeControl: number
}

export function registerMapOf(wired: WiredFunction, config: ConfigSpace): RegisterMap {
  const map = new MapBuilder(config.length)
  if (wired.virtual === null) header(map, wired, config)
  // Memory decoding of a virtual function is switched in its physical function (PCI_SRIOV_CTRL_MSE).
  else map.allow(PCI_COMMAND, [0x04, 0x04])
  map.writable.fill(0xff, STANDARD_FIRST, EXTENDED_FIRST)
  let pmControl = -1
  let deviceControl = -1
  let afControl = -1
  for (const place of standardCapabilities(config)) {
    map.protect(place.offset, 2)
    if (place.id === PCI_CAP_ID_PM) {
      pmControl = place.offset + PCI_PM_CTRL
      map.only(place, 8, { [PCI_PM_CTRL]: [0x03, 0x01] })
    }
    if (place.id === PCI_CAP_ID_EXP) {
      if (readPcie(config)?.flr === true) deviceControl = place.offset + PCI_EXP_DEVCTL
      // Controls of device, link, slot, root, device 2, link 2. The FLR bit is never stored: it reads as zero.
      const controls = { 0x08: [0xff, 0x7f], 0x10: [0xff, 0x0f], 0x18: [0xff, 0x1f], 0x1c: [0x1f, 0x00] }
      map.only(place, 0x3c, { ...controls, 0x28: [0xff, 0xff], 0x30: [0xff, 0xff] })
    }
    if (place.id === PCI_CAP_ID_MSI) map.allow(place.offset + 2, [0x71, 0x00])
    if (place.id === PCI_CAP_ID_MSIX) map.only(place, 12, { 2: [0x00, 0xc0] })
    if (place.id === PCI_CAP_ID_AF) {
      if (readAf(config)?.flr === true) afControl = place.offset + PCI_AF_CTRL
      map.only(place, 6, {})
    }
  }
  for (const place of extendedCapabilities(config)) {
    map.writable.fill(0xff, place.offset + 4, place.end)
    if (place.id === PCI_EXT_CAP_ID_ACS) acs(map, place, config, wired)
    if (place.id === PCI_EXT_CAP_ID_SRIOV) sriov(map, place, wired)
  }
  const bridgeControl = isBridge(config) ? PCI_BRIDGE_CONTROL : -1
  const { writable, cleared } = map
  const clearedAt = [...cleared.keys()].filter((at) => cleared[at] !== 0)
  return { writable, cleared, clearedAt, pmControl, deviceControl, afControl, bridgeControl }
}

/** Store what can be stored of a write. Gives whether any bit is another now. */
export function writeMasked(
  config: ConfigSpace,
  map: RegisterMap,
  offset: number,
  width: number,
  value: number,
): boolean {
  let changed = false
  for (let i = 0; i < width; i++) {
    const at = offset + i
    const old = config.read8(at)
    if (old === undefined) break
    const mask = map.writable[at] ?? 0
    const now = (old & ~mask) | ((value >>> (8 * i)) & mask)
    if (now === old) continue
    changed = true
    config.write(at, 1, now)
  }
  return changed
}

/** What a reset leaves: command 0, BARs 0, power state D0, ACS control 0, … */
export function clearRegisters(config: ConfigSpace, map: RegisterMap): void {
  for (const at of map.clearedAt) config.write(at, 1, (config.read8(at) ?? 0) & ~(map.cleared[at] ?? 0))
}

const isBridge = (config: ConfigSpace): boolean => config.headerType === 1

function header(map: MapBuilder, wired: WiredFunction, config: ConfigSpace): void {
  map.allow(PCI_COMMAND, [0x47, 0x05])
  map.allow(0x0c, [0xff, 0xff])
  map.allow(0x3c, [0xff])
  map.allow(PCI_BASE_ADDRESS_0, barMasks(wired.fn.bars, isBridge(config) ? 2 : 6))
  if (!isBridge(config)) return
  // Bus numbers and latency timer; I/O window; memory window; prefetchable window with its upper halves.
  map.allow(0x18, [0xff, 0xff, 0xff, 0xff, 0xf0, 0xf0])
  map.allow(0x20, [0xf0, 0xff, 0xf0, 0xff, 0xf0, 0xff, 0xf0, 0xff])
  map.allow(0x28, Array<number>(8).fill(0xff))
  map.allow(PCI_BRIDGE_CONTROL, [0x7f, 0x0f])
}

/** Only the bits that the capability offers stick. */
function acs(map: MapBuilder, place: CapabilityPlace, config: ConfigSpace, { fn }: WiredFunction): void {
  const offered = (config.read16(place.offset + PCI_ACS_CAP) ?? 0) & 0xff
  if (acsControlPlace(fn)?.width === 4)
    return map.only(place, PCI_ACS_DWORD_CTRL + 4, { [PCI_ACS_DWORD_CTRL]: [offered & 0x7f] })
  const vectorBytes = (offered & ACS_BITS.EC) === 0 ? 0 : egressVectorBytes(config, place.offset)
  map.only(place, PCI_ACS_EGRESS_CTL_V + vectorBytes, {
    [PCI_ACS_CTRL]: [offered & 0x7f],
    [PCI_ACS_EGRESS_CTL_V]: Array<number>(vectorBytes).fill(0xff),
  })
}

/** Bits 15:8 of the capability word count the bits of the vector; 0 stands for 256. */
function egressVectorBytes(config: ConfigSpace, offset: number): number {
  const bits = (config.read16(offset + PCI_ACS_CAP) ?? 0) >>> 8 || 256
  return Math.ceil(bits / 32) * 4
}

function sriov(map: MapBuilder, place: CapabilityPlace, wired: WiredFunction): void {
  const bars = wired.virtualFunctions[0]?.fn.bars ?? []
  map.only(place, 0x40, {
    0x08: [0x1f],
    0x10: [0xff, 0xff],
    0x20: [0xff, 0xff, 0xff, 0xff],
    0x24: barMasks(bars, 6),
  })
}

class MapBuilder {
  readonly writable: Uint8Array
  readonly cleared: Uint8Array

  constructor(length: number) {
    this.writable = new Uint8Array(length)
    this.cleared = new Uint8Array(length)
  }

  /** Writable, and cleared by a reset. */
  allow(offset: number, masks: readonly number[]): void {
    for (const [i, mask] of masks.entries()) {
      this.writable[offset + i] = mask
      this.cleared[offset + i] = mask
    }
  }

  protect(offset: number, length: number): void {
    this.writable.fill(0, offset, offset + length)
  }

  /** The first `length` bytes of a capability are read-only but for `masks`, by offset in it. */
  only(place: CapabilityPlace, length: number, masks: Readonly<Record<number, readonly number[]>>): void {
    const end = Math.min(place.end, place.offset + length)
    this.writable.fill(0, place.offset, end)
    for (const [offset, bytes] of Object.entries(masks)) {
      const at = place.offset + Number(offset)
      this.allow(at, bytes.slice(0, Math.max(0, end - at)))
    }
  }
}
