/** Every example is explored, as far as examples.yaml says, and gives the coverage, the count and the violations that stand there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { type ExploreOptions, explore } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '../cli/barter.ts'

interface Row {
  readonly bound: 'complete' | 'sampled' | number
  readonly words: string
  readonly schedules: number
  readonly found?: readonly string[]
}

const rows = parse(readFileSync(join(root, 'test/explore/examples.yaml'), 'utf8')) as Readonly<Record<string, Row>>

/** Folders of scenarios: those of captures and recordings hold none. */
const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(root, 'examples', name)).map((file) => `${name}/${file}`))
  .filter((file) => file.endsWith('.yaml'))

const optionsOf = ({ bound }: Row): ExploreOptions => {
  if (bound === 'complete') return {}
  return bound === 'sampled' ? { strategy: 'random', schedules: 10 } : { preemptions: bound }
}

test('each example has its row, and each row its example', () => {
  expect(Object.keys(rows).sort()).toEqual([...examples].sort())
})

describe('explored', () => {
  test.each(Object.entries(rows))('%s', async (file, row) => {
    const { scenario, system } = await loadScenario(join(root, 'examples', file), { cwd: root })
    const { words, schedules, violations } = explore(system, scenario, { ...optionsOf(row), shrink: false })
    const found = violations.map(({ violation }) => violation.invariant)
    expect({ words, schedules, found }).toEqual({ words: row.words, schedules: row.schedules, found: row.found ?? [] })
  })
})
