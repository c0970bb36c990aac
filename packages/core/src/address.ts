/**
 * Addresses and lengths: 64-bit quantities as exact doubles, branded by the space they belong to.
 *
 * Everything inside Barter is a `number` of bytes below 2^52; a u64 as a user or a capture writes it is a `bigint`
 * and lives only at the edge. Bitwise operators cut to 32 bits, so all address arithmetic goes through this file.
 */
declare const space: unique symbol

/** CPU view of a byte: what the host bridge decodes. */
export type PhysAddr = number & { readonly [space]: 'phys' }
/** What a peer below the same switch puts on the wire: physical address + bus offset of the window (P2P-4). */
export type BusAddr = number & { readonly [space]: 'bus' }
/** What a device uses when an IOMMU translates for it. */
export type Iova = number & { readonly [space]: 'iova' }
/** An address as a device emits it, when the kind does not matter. */
export type DmaAddr = BusAddr | Iova | PhysAddr

/** The first value that no address reaches. x86-64 and arm64 physical addresses, as Linux runs them, fit below. */
export const ADDRESS_LIMIT = 2 ** 52
/** 2^64: where the kernel's u64 arithmetic wraps. */
export const U64_SPAN = 2n ** 64n

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

export interface PhysRange {
  readonly start: PhysAddr
  /** Bytes. */
  readonly length: number
}

export const physAddr = (value: number): PhysAddr => checked(value, 'physical address') as PhysAddr
export const busAddr = (value: number): BusAddr => checked(value, 'bus address') as BusAddr
export const iova = (value: number): Iova => checked(value, 'IOVA') as Iova

/** Advance an address within its own space. **Units** bytes. */
export function advance<A extends number>(address: A, bytes: number): A {
  return checked(address + bytes, 'address') as A
}

export const isAligned = (value: number, alignment: number): boolean => value % alignment === 0
export const alignDown = (value: number, alignment: number): number => value - (value % alignment)
export const alignUp = (value: number, alignment: number): number => alignDown(value + alignment - 1, alignment)

/** True if `[inner, inner + innerLength)` lies inside `[start, start + length)`. An empty inner range needs its start inside. */
export function contains(start: number, length: number, inner: number, innerLength = 1): boolean {
  return inner >= start && inner + innerLength <= start + length
}

export function overlaps(a: number, aLength: number, b: number, bLength: number): boolean {
  return a < b + bLength && b < a + aLength
}

/** Six hex digits. */
const LOW_SPAN = 2 ** 24
const LOW_DIGITS = 6

/** Hex text of an address or offset: `0xf4000000`. */
export function hex(value: number | bigint): string {
  if (value < 0) return `-${hex(-value)}`
  if (typeof value === 'bigint' || value < LOW_SPAN || !Number.isInteger(value)) return `0x${value.toString(16)}`
  // In two halves, each a small integer: of a double it takes four times as long.
  const high = Math.floor(value / LOW_SPAN)
  return `0x${high.toString(16)}${(value % LOW_SPAN).toString(16).padStart(LOW_DIGITS, '0')}`
}

/** Plain size text for people: `64 MiB`, `4 KiB`, `512 B`; exact, so it falls back to a smaller unit. */
export function formatLength(bytes: number): string {
  for (const [unit, name] of [
    [1024 * GiB, 'TiB'],
    [GiB, 'GiB'],
    [MiB, 'MiB'],
    [KiB, 'KiB'],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit} ${name}`
  }
  return `${bytes} B`
}

function checked(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value >= ADDRESS_LIMIT) {
    throw new RangeError(`${what} ${hexOrRaw(value)} is outside [0, 2^52)`)
  }
  return value
}

const hexOrRaw = (value: number): string => (Number.isInteger(value) ? hex(value) : String(value))
