/**
 * How an IO address splits into table indices: 9 bits a level above a page of 4 KiB. An address is cut once, into
 * whole GiB and the 30 bits below, so that each level is a shift and a mask.
 */
const GIB = 2 ** 30

/** Entries of a table. */
export const ENTRIES = 512
/** Bytes that one leaf of each level maps. */
export const LEAF_4K = 2 ** 12
export const LEAF_2M = 2 ** 21
export const LEAF_1G = GIB

/** Whole GiB of an address below 2^52: fits 22 bits. */
export const wholeGib = (address: number): number => Math.floor(address / GIB)
/** What is left: fits 30 bits. */
export const withinGib = (address: number, gib: number): number => address - gib * GIB

export const topIndex = (gib: number): number => gib >>> 9
export const index1G = (gib: number): number => gib & 511
export const index2M = (within: number): number => within >>> 21
export const index4K = (within: number): number => (within >>> 12) & 511

/** True where both addresses sit on a boundary of 2 MiB (given what is left of each after whole GiB). */
export const bothOn2M = (within: number, other: number): boolean => ((within | other) & 0x1f_ffff) === 0
export const on4K = (within: number): boolean => (within & 0xfff) === 0

/** A slot of a direct-mapped cache with 64 of them a leaf size. */
export const slotOf = (frame: number): number => frame & 63
export const frame2M = (within: number): number => within >>> 21
export const frame4K = (within: number): number => within >>> 12
