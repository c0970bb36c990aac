/** The two chains of capabilities in configuration space, and which of them user space is shown. */
import { type ConfigSpace, PCI_CAPABILITY_LIST } from '@barter/core'

export interface Capability {
  readonly id: number
  readonly at: number
  /** Where the next one is; 0 behind the last. */
  readonly next: number
}

const EXTENDED_FIRST = 0x100
/** More than fit: a chain that runs in a circle ends there. */
const LONGEST_CHAIN = 960

/** Of the first 256 bytes, in the order of the chain. */
export const standardCapabilities = (config: ConfigSpace): readonly Capability[] =>
  walk((config.read8(PCI_CAPABILITY_LIST) ?? 0) & ~3, (at) => {
    const word = config.read16(at)
    return word === undefined ? undefined : { id: word & 0xff, at, next: (word >>> 8) & ~3 }
  })

/** Of PCI Express, from 256 on. */
export const extendedCapabilities = (config: ConfigSpace): readonly Capability[] =>
  walk(EXTENDED_FIRST, (at) => {
    const word = config.read32(at)
    if (word === undefined || word === 0 || word === 0xffff_ffff) return undefined
    return { id: word & 0xffff, at, next: (word >>> 20) & ~3 }
  })

function walk(first: number, read: (at: number) => Capability | undefined): readonly Capability[] {
  const found: Capability[] = []
  for (let at = first; at !== 0 && found.length < LONGEST_CHAIN;) {
    const capability = read(at)
    if (capability === undefined) break
    found.push(capability)
    at = capability.next
  }
  return found
}

/**
 * Capabilities that the driver leaves out: those it does not know how long they are, among them SR-IOV, which is the
 * host's. Those before them point past them. Standard ones by id: PCI to PCI bridges, debug ports, enhanced allocation …
 */
const HIDDEN_STANDARD = [0x02, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x14]
const LAST_STANDARD = 0x14
const HIDDEN_EXTENDED = [0x05, 0x06, 0x07, 0x0a, 0x0c, 0x10, 0x11, 0x14, 0x19, 0x1a, 0x1b]
const KNOWN_EXTENDED = [0x18, 0x23]
const LAST_LISTED_EXTENDED = 0x17

export const isHiddenStandard = (id: number): boolean => id > LAST_STANDARD || HIDDEN_STANDARD.includes(id)

export const isHiddenExtended = (id: number): boolean =>
  HIDDEN_EXTENDED.includes(id) || (id > LAST_LISTED_EXTENDED && !KNOWN_EXTENDED.includes(id))
