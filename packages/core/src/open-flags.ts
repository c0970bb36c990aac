/** Flags with which a descriptor is asked for, and what comes of them (DMB-2, DMB-3). */
import { hasBits, maskBits } from './capability/register-bits.ts'

/** As on x86 and most others; those that change nothing about a dma-buf are left out. */
const O_ACCMODE = 0x3
const O_FLAGS: Readonly<Record<string, number>> = {
  O_RDONLY: 0,
  O_WRONLY: 0x1,
  O_RDWR: 0x2,
  O_NONBLOCK: 0x800,
  O_CLOEXEC: 0x80000,
}
const ACCESS = ['read', 'write', 'readwrite', 'both-bits'] as const

/** What was asked for when nothing was said. */
export const USUAL_OPEN_FLAGS: readonly string[] = ['O_RDWR', 'O_CLOEXEC']

export interface DescriptorFacts {
  /** `both-bits`: the access mode 3, which means neither. */
  readonly access: (typeof ACCESS)[number]
  readonly nonblock: boolean
  readonly cloexec: boolean
}

/**
 * A dma-buf's file keeps the access mode and O_NONBLOCK, its descriptor O_CLOEXEC; nothing else has an effect, and nothing
 * is refused (VFIO-13). **Shape** names, or whole words in hex.
 */
export function descriptorFacts(openFlags: readonly string[] = USUAL_OPEN_FLAGS): DescriptorFacts {
  const words = openFlags.map((flag) => O_FLAGS[flag] ?? (flag.startsWith('0x') ? parseInt(flag, 16) : 0))
  const has = (bit: number): boolean => words.some((word) => hasBits(word, bit))
  const low = words.map((word) => maskBits(word, O_ACCMODE))
  const mode = (low.some((word) => hasBits(word, 1)) ? 1 : 0) + (low.some((word) => hasBits(word, 2)) ? 2 : 0)
  return { access: ACCESS[mode] ?? 'both-bits', nonblock: has(0x800), cloexec: has(0x80000) }
}
