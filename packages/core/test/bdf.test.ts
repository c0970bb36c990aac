import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bdfParts, compareBdf, formatBdf, parseBdf } from '../src/bdf.ts'

test('full and short names are read, others are not', () => {
  expect(parseBdf('0000:03:00.0')).toBe('0000:03:00.0')
  expect(parseBdf('03:1F.7')).toBe('0000:03:1f.7')
  expect(parseBdf('10000:e1:00.0')).toBe('10000:e1:00.0')
  expect(parseBdf('00000:01:00.0')).toBe('0000:01:00.0')
  for (const wrong of [
    '',
    '3:0.0',
    '0000:03:20.0',
    '0000:03:00.8',
    '0000:03:00',
    'nvme',
    '0000:03:00.0x',
    '123456789:00:00.0',
  ]) {
    expect(parseBdf(wrong), wrong).toBeUndefined()
  }
})

test('a name round-trips through its parts, and order is numeric', () => {
  const parts = fc.record({
    domain: fc.integer({ min: 0, max: 0xffff_ffff }),
    bus: fc.integer({ min: 0, max: 255 }),
    device: fc.integer({ min: 0, max: 31 }),
    function: fc.integer({ min: 0, max: 7 }),
  })
  fc.assert(
    fc.property(parts, (wanted) => {
      const bdf = formatBdf(wanted)
      expect(parseBdf(bdf)).toBe(bdf)
      expect(bdfParts(bdf)).toEqual(wanted)
      expect(compareBdf(bdf, bdf)).toBe(0)
    }),
  )
  const names = ['10000:00:00.0', '0000:10:00.0', '0000:02:10.0', '0000:02:02.1'].map(
    (name) => parseBdf(name) ?? expect.fail(name),
  )
  expect([...names].sort(compareBdf)).toEqual(['0000:02:02.1', '0000:02:10.0', '0000:10:00.0', '10000:00:00.0'])
})
