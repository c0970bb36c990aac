import type { StepValue } from '@barter/core'
import { Random, sizeField, ticksField, u64Field } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArgs } from '../src/session/step-values.ts'
import { beginsWith, bytesOfText, previewOf } from '../src/session/text-bytes.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: { size: sizeField('bytes'), wide: u64Field('any u64'), time: ticksField('how long') },
}
const read = (args: Readonly<Record<string, StepValue>>) =>
  readArgs(schema, args, ({ path, message }) => {
    throw new Error(`${path} ${message}`)
  })

describe('values of steps', () => {
  test('sizes, times and u64 values are read from numbers and from text', () => {
    expect(read({ size: '64 KiB', wide: '4 KiB', time: '30 ms' })).toEqual({ size: 65536, wide: 4096n, time: 30_000 })
    expect(read({ size: '0x1000', wide: 7, time: 5 })).toEqual({ size: 4096, wide: 7n, time: 5 })
    expect(read({ size: 12, wide: '0xffff_ffff_ffff_ffff', time: '1.5 s' })).toEqual({
      size: 12,
      wide: 2n ** 64n - 1n,
      time: 1_500_000,
    })
  })

  test('every u64 survives, in decimal, hex and as bigint', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        for (const wide of [value, String(value), `0x${value.toString(16)}`])
          expect(read({ wide })).toEqual({ wide: value })
      }),
    )
  })

  test.each<[string, StepValue]>([
    ['wide', -1],
    ['wide', '18446744073709551616'],
    ['wide', 1.5],
    ['wide', true],
    ['size', '4 parsecs'],
    ['size', null],
    ['time', '-3'],
    ['time', '0.3 us'],
    ['time', [3]],
  ])('%s of %s is refused', (key, value) => {
    expect(() => read({ [key]: value })).toThrow(new RegExp(`^${key} .* is not right for`))
  })

  test('text is moved as UTF-8', () => {
    expect([...bytesOfText('aé%€')]).toEqual([0x61, 0xc3, 0xa9, 0x25, 0xe2, 0x82, 0xac])
    expect(beginsWith(bytesOfText('hello, world'), 'hello')).toBe(true)
    expect(beginsWith(bytesOfText('hel'), 'hello')).toBe(true)
    expect(beginsWith(bytesOfText('help!'), 'hello')).toBe(false)
    expect(previewOf(Uint8Array.from([255, 0]))).toBe('ff 00')
    expect(previewOf(new Uint8Array(40).fill(0x41))).toBe(`"${'A'.repeat(32)}" … (40 bytes)`)
  })
})

describe('the random generator', () => {
  test('stays below its limit, and reaches both ends', () => {
    const random = new Random(42)
    const seen = new Set(Array.from({ length: 400 }, () => random.below(7)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, limit) => {
        const drawn = new Random(seed).below(limit)
        expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < limit).toBe(true)
      }),
    )
    expect(() => random.below(0)).toThrow(RangeError)
  })

  test('seeds that differ beyond 32 bits, and streams of one seed, differ', () => {
    const first = (seed: number, stream?: number) => new Random(seed, stream).word()
    expect(new Set([first(1), first(2), first(1 + 2 ** 32), first(1, 1), first(1, 2)]).size).toBe(5)
  })
})
