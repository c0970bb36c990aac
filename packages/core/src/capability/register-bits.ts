/** Bits of a register of at most 32 bits, for code outside the folder of registers, where nothing is bitwise. */

/** All of `bits` are set. */
export const hasBits = (word: number, bits: number): boolean => (word & bits) >>> 0 === bits
export const withBits = (word: number, bits: number): number => (word | bits) >>> 0
export const withoutBits = (word: number, bits: number): number => (word & ~bits) >>> 0
/** The part of `word` that `mask` covers. */
export const maskBits = (word: number, mask: number): number => (word & mask) >>> 0
