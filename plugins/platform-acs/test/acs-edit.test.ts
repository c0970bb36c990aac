import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACS_BITS, formatAcs, UsageError } from '@barter/core'
import { applyAcsEdit, parseAcsEdit } from '../src/index.ts'

const words = fc.integer({ min: 0, max: 0x7f })

describe('one ACS setting as text', () => {
  test.each([
    ['RR,CR', 0x01, 0x0c],
    ['rr cr', 0x01, 0x0c],
    ['RR+CR', 0x01, 0x0c],
    ['off', 0x1d, 0x00],
    ['+RR', 0x01, 0x05],
    ['-RR', 0x1d, 0x19],
    ['+RR,-SV', 0x11, 0x14],
    ['-RR-CR -EC', 0x2d, 0x01],
    ['0x1d', 0x22, 0x1d],
    [0x1d, 0x22, 0x1d],
    [0, 0x7f, 0],
  ] as const)('ACS-1: %o turns %i into %i', (setting, before, after) => {
    expect(applyAcsEdit(before, parseAcsEdit(setting))).toBe(after)
  })

  test('ACS-1: what a word is written as reads back as that word', () => {
    fc.assert(
      fc.property(words, words, (word, before) => {
        expect(applyAcsEdit(before, parseAcsEdit(formatAcs(word)))).toBe(word)
        expect(applyAcsEdit(before, parseAcsEdit(word))).toBe(word)
      }),
    )
  })

  test('ACS-1: a change sets what has a plus, clears what has a minus, and leaves the rest', () => {
    const change = fc.uniqueArray(fc.constantFrom(...Object.keys(ACS_BITS)), { minLength: 1 })
    fc.assert(
      fc.property(change, fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), words, (bits, plus, before) => {
        const text = bits.map((bit, i) => `${plus[i] === true ? '+' : '-'}${bit}`).join(',')
        const after = applyAcsEdit(before, parseAcsEdit(text))
        for (const [bit, mask] of Object.entries(ACS_BITS)) {
          const at = bits.indexOf(bit)
          expect((after & mask) !== 0).toBe(at < 0 ? (before & mask) !== 0 : plus[at])
        }
      }),
    )
  })

  test.each(['', 'RR,XX', 'RR,-CR', '+', '+RR,-RR', '0x80', '29', 0x80, -1, 1.5, NaN])(
    'ACS-1: %o is refused with a hint',
    (setting) => {
      expect(() => parseAcsEdit(setting)).toThrow(UsageError)
      expect(() => parseAcsEdit(setting)).toThrow(
        expect.objectContaining({ code: 'ACS_WORD', hint: expect.stringContaining('RR,CR') }),
      )
    },
  )
})
