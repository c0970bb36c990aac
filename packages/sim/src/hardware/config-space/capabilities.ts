/** Every capability of a function, by walking both lists. */
import { type ConfigSpace, PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from '@barter/core'

export interface CapabilityPlace {
  readonly id: number
  readonly offset: number
  /** Where the next one in memory begins, or the known bytes or this space end: how far its registers can reach. */
  readonly end: number
}

const STANDARD_END = 0x100

export function standardCapabilities(config: ConfigSpace): CapabilityPlace[] {
  const found: { id: number; offset: number }[] = []
  if (((config.read16(PCI_STATUS) ?? 0) & PCI_STATUS_CAP_LIST) === 0) return []
  let at = (config.read8(PCI_CAPABILITY_LIST) ?? 0) & 0xfc
  // At most 48 fit; a longer walk is a loop in corrupt bytes.
  for (let steps = 0; steps < 48 && at >= 0x40; steps++) {
    const id = config.read8(at)
    if (id === undefined || id === 0xff) break
    found.push({ id, offset: at })
    at = (config.read8(at + 1) ?? 0) & 0xfc
  }
  return withEnds(found, Math.min(STANDARD_END, config.length))
}

export function extendedCapabilities(config: ConfigSpace): CapabilityPlace[] {
  const found: { id: number; offset: number }[] = []
  let at = STANDARD_END
  for (let steps = 0; steps < 960 && at >= STANDARD_END; steps++) {
    const header = config.read32(at)
    if (header === undefined || header === 0 || header === 0xffff_ffff) break
    found.push({ id: header & 0xffff, offset: at })
    at = (header >>> 20) & 0xffc
  }
  return withEnds(found, config.length)
}

function withEnds(found: readonly { id: number; offset: number }[], last: number): CapabilityPlace[] {
  return found.map(({ id, offset }) => {
    const behind = found.filter((other) => other.offset > offset).map((other) => other.offset)
    return { id, offset, end: Math.min(last, ...behind) }
  })
}
