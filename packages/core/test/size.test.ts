import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatLength } from '../src/address.ts'
import { parseSize } from '../src/size.ts'

test.each([
  ['64 MiB', 64 * 1024 * 1024],
  ['16KiB', 16384],
  ['4 gib', 4 * 2 ** 30],
  ['1 TiB', 2 ** 40],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['0.5 KiB', 512],
  ['0x4000', 0x4000],
  ['0x38_0000_0000_00', 0x380000000000],
  ['4_096', 4096],
  ['512 B', 512],
  [' 7 ', 7],
  [0, 0],
  [2 ** 40, 2 ** 40],
])('size %j is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each([
  '',
  'GiB',
  '64 MB',
  '1.3 KiB',
  '-1',
  '1e3',
  '0x',
  '4096 KiB extra',
  '0.00001 KiB',
  '4 PiB',
  1.5,
  -1,
  NaN,
  2 ** 52,
])('size %j is refused with what to write instead', (text) => {
  expect(() => parseSize(text)).toThrow(
    expect.objectContaining({
      code: 'SIZE_INVALID',
      hint: 'write bytes as a number, hex as 0x4000, or with a unit as 64 MiB',
    }),
  )
})

test('a unit that counts in thousands is named', () => {
  expect(() => parseSize('64 MB')).toThrow('size "64 MB" has the unit MB, which is not one of B, KiB, MiB, GiB, TiB')
})

test('what formatLength writes is read back', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 20 }), (value, shift) => {
      const bytes = value * 2 ** shift
      expect(parseSize(formatLength(bytes))).toBe(bytes)
    }),
  )
})
