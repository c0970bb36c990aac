/** Words that stand for states: two of them must not be the same by chance where what they stand for is small numbers. */
import { mixA, mixB, smallHashOfText } from '@barter/core'
import { describe, expect, test } from 'vitest'

const SMALL = Array.from({ length: 300 }, (_, i) => i)

describe.each([
  ['mixA', mixA],
  ['mixB', mixB],
])('%s', (_, mix) => {
  test('small numbers do not cancel out: each pair has a word of its own', () => {
    const words = new Set(SMALL.flatMap((h) => SMALL.map((x) => mix(h, x))))
    expect(words.size).toBeGreaterThan(SMALL.length ** 2 - 10)
  })
})

test('smallHashOfText: texts that differ in two characters next to each other have different words, below 2^30', () => {
  const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  const words = new Set(letters.flatMap((a) => letters.map((b) => smallHashOfText(`${a}${b}`))))
  expect(words.size).toBe(letters.length ** 2)
  for (const word of words) expect(word).toBeLessThan(2 ** 30)
})
