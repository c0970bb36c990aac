/** Capability lists: hanging a new capability at the end of a list. `ConfigSpace` walks them when reading. */
import { type ConfigSpace, PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from '../config-space.ts'

/** Standard capabilities begin behind the header, extended ones at 0x100. */
const STANDARD_FIRST = 0x40
const EXTENDED_FIRST = 0x100

/**
 * Add a standard capability of `length` bytes at `at` and link it in last.
 *
 * **Shape** gives `at` back, the offset of its header; everything behind the two header bytes is left as it was.
 * **Units** bytes; `at` is a multiple of 4 in 0x40..0xfc.
 */
export function addCapability(config: ConfigSpace, id: number, at: number): number {
  let link = PCI_CAPABILITY_LIST
  for (let next = config.read8(link) ?? 0; next >= STANDARD_FIRST; next = config.read8(link) ?? 0)
    link = (next & 0xfc) + 1
  config.write(link, 1, at)
  config.write(at, 1, id)
  config.write(at + 1, 1, 0)
  config.write(PCI_STATUS, 2, (config.read16(PCI_STATUS) ?? 0) | PCI_STATUS_CAP_LIST)
  return at
}

/** Add an extended capability at `at` and link it in last. The first one of a function sits at 0x100. **Units** bytes. */
export function addExtendedCapability(config: ConfigSpace, id: number, version: number, at: number): number {
  let last: number | undefined
  for (let next = EXTENDED_FIRST; next >= EXTENDED_FIRST; next = (config.read32(next) ?? 0) >>> 20) {
    if ((config.read32(next) ?? 0) === 0) break
    last = next
  }
  if (last !== undefined) {
    const header = config.read32(last) ?? 0
    config.write(last, 4, ((header & 0xfffff) | (at << 20)) >>> 0)
  }
  config.write(at, 4, (id | (version << 16)) >>> 0)
  return at
}
