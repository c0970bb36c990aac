import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Reason, REASONS } from '../src/not-comparable.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')

/** A row as README.md shows it. */
const row = ([id, { ops, part, when = 'always', why }]: readonly [string, Reason]): string =>
  `| ${id} | ${ops.join(', ')} | ${part} | ${when} | ${why} |`

describe('the table of what is not comparable', () => {
  test('README.md shows every row, and no other', () => {
    const table = readme.split('\n').filter((line) => line.startsWith('| ') && line.split('|').length === 7)
    const [, ...shown] = table.filter((line) => !line.startsWith('| ---'))
    expect(shown).toEqual(Object.entries(REASONS).map(row))
  })
})
