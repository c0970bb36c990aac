import fc from 'fast-check'
import { UsageError } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { checkAgainst } from '../src/scenario/schema-check.ts'
import { outlineSchema } from '../src/scenario/schema.ts'
import { complaintError } from '../src/scenario/complaint.ts'
import { topologySchema } from '../src/scenario/topology-schema.ts'
import { yamlSource } from '../src/scenario/yaml-source.ts'

describe('places in a text', () => {
  const source = yamlSource('s.yaml', '/', 'a: &x\n  b: [1, {c: 2}]\nd: *x\n')

  test('of values, list items and keys', () => {
    expect(source.place(['a', 'b', 1, 'c'])).toEqual({ line: 2, column: 14 })
    expect(source.keyPlace(['a', 'b', 1, 'c'])).toEqual({ line: 2, column: 11 })
  })

  test('of what an alias stands for', () => {
    expect(source.place(['d', 'b', 0])).toEqual({ line: 2, column: 7 })
  })

  test('of the nearest ancestor of what is not there', () => {
    expect(source.place(['a', 'b', 1, 'zzz', 'y'])).toEqual({ line: 2, column: 10 })
    expect(source.keyPlace(['nobody'])).toEqual({ line: 1, column: 1 })
  })
})

describe('numbers', () => {
  test('are numbers as long as a double holds them, and text beyond', () => {
    const { value } = yamlSource(
      's.yaml',
      '/',
      'a: 9007199254740991\nb: 0xffffffffffffffff\nc: 1.5\nd: 0000:03:00.0\ne: 04:00.0',
    )
    expect(value).toEqual({ a: 9007199254740991, b: '0xffffffffffffffff', c: 1.5, d: '0000:03:00.0', e: '04:00.0' })
  })
})

describe('whatever the bytes', () => {
  const outline = outlineSchema(topologySchema)
  const read = (text: string): 'fine' | 'refused' => {
    try {
      const source = yamlSource('s.yaml', '/', text)
      const complaints = checkAgainst(outline, source.value)
      if (complaints.length > 0) throw complaintError(source, complaints)
      return 'fine'
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      expect(error.message.length).toBeGreaterThan(0)
      return 'refused'
    }
  }

  test('a text gives a scenario or complaints', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        read(text)
      }),
    )
  })

  test('so does one that is nearly a scenario', () => {
    const seed =
      'title: t\ndevices:\n  a: { at: 01:00.0, driver: d }\nactors:\n  v:\n    - open: a\nexpect: [no violation]\n'
    const pieces = fc.constantFrom(
      '&a ',
      '*a',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '\n',
      '  ',
      '"',
      "'",
      '|',
      '? ',
      '!!x ',
      '<<: ',
      '#',
      '\t',
      '__proto__: ',
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(seed.length), pieces), { maxLength: 6 }), (edits) => {
        read(edits.reduce((text, [at, piece]) => text.slice(0, at) + piece + text.slice(at), seed))
      }),
    )
  })

  test('aliases of aliases end in a complaint, not in the memory', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`)
    expect(read(`l0: &l0 [x]\n${levels.join('\n')}`)).toBe('refused')
  })
})
