import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ADDRESS_LIMIT,
  advance,
  alignDown,
  alignUp,
  busAddr,
  contains,
  formatLength,
  GiB,
  hex,
  isAligned,
  overlaps,
  physAddr,
} from '../src/address.ts'

const address = fc.integer({ min: 0, max: 2 ** 50 })

describe('addresses', () => {
  test('alignment holds beyond 32 bits, where bitwise operators would cut', () => {
    expect(alignDown(0x3800_0000_1000, 0x1000)).toBe(0x3800_0000_1000)
    expect(alignDown(0x3800_0000_1fff, 0x1000)).toBe(0x3800_0000_1000)
    expect(alignUp(0x3800_0000_1001, 0x1000)).toBe(0x3800_0000_2000)
  })

  test('alignment agrees with BigInt arithmetic for any address', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 40 }), (value, bits) => {
        const step = 2 ** bits
        expect(BigInt(alignDown(value, step))).toBe((BigInt(value) >> BigInt(bits)) << BigInt(bits))
        expect(isAligned(alignUp(value, step), step)).toBe(true)
      }),
    )
  })

  test('an address outside [0, 2^52) is refused', () => {
    expect(() => physAddr(ADDRESS_LIMIT)).toThrow(/outside/)
    expect(() => busAddr(-1)).toThrow(/-0x1 is outside/)
    expect(() => physAddr(1.5)).toThrow(/outside/)
    expect(() => advance(physAddr(ADDRESS_LIMIT - 1), 1)).toThrow(/outside/)
  })

  test('contains and overlaps agree with each other', () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 1, max: 64 }))
    fc.assert(
      fc.property(range, range, ([a, aLength], [b, bLength]) => {
        const bytes = (start: number, length: number) => new Set(Array.from({ length }, (_, i) => start + i))
        const mine = bytes(a, aLength)
        const theirs = [...bytes(b, bLength)]
        expect(overlaps(a, aLength, b, bLength)).toBe(theirs.some((byte) => mine.has(byte)))
        expect(contains(a, aLength, b, bLength)).toBe(theirs.every((byte) => mine.has(byte)))
      }),
    )
  })

  test('hex text is that of the language, whatever the size', () => {
    const any = fc.oneof(address, fc.maxSafeInteger(), fc.integer({ min: 2 ** 24 - 2, max: 2 ** 24 + 2 }))
    const theirs = (value: number): string => (value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`)
    fc.assert(fc.property(any, (value) => hex(value) === theirs(value)))
  })

  test('text for people is exact', () => {
    expect([hex(0), hex(0xf400_0000), hex(-16), hex(2n ** 64n - 1n)]).toEqual([
      '0x0',
      '0xf4000000',
      '-0x10',
      '0xffffffffffffffff',
    ])
    expect([formatLength(512), formatLength(4096), formatLength(4097), formatLength(100 * GiB)]).toEqual([
      '512 B',
      '4 KiB',
      '4097 B',
      '100 GiB',
    ])
  })
})
