/** Bits of a register. */
export const hasBit = (word: number, bit: number): boolean => (word & bit) !== 0
