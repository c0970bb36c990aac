/** How long runs of DMA addresses are cut into entries, by kernel (SGT-9, SGT-10, GEN-16). */

/** **Units** bytes. */
export interface SgChunk {
  /** The longest that an entry may be. */
  longest(pageSize: number): number
  /** Where the entry of this index begins, from the start of the run. */
  offset(index: number, longest: number): number
}

/** The largest page multiple below 2^32, and sums of any size. */
export const WHOLE_PAGES: SgChunk = {
  longest: (pageSize) => 2 ** 32 - pageSize,
  offset: (index, longest) => index * longest,
}

/** As first merged: not a page multiple, and multiplied in 32 bits, so that from the third entry on it is wrong (BUG-11). */
export const UNALIGNED_IN_32_BITS: SgChunk = {
  longest: () => 2 ** 32 - 1,
  offset: (index, longest) => (index * longest) % 2 ** 32,
}
