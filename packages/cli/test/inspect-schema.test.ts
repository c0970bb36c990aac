/** The published JSON Schema and what `barter inspect --json` prints, held together both ways. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const here = import.meta.dirname
const captures = join(here, '..', '..', '..', 'examples', 'captures')
const schema = JSON.parse(readFileSync(join(here, '..', 'schema', 'inspect.schema.json'), 'utf8')) as SchemaPart
const validate = new Ajv2020({ allErrors: true }).compile(schema)

interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly $defs?: Readonly<Record<string, SchemaPart>>
  readonly [key: string]: unknown
}

const SCREENS: readonly (readonly string[])[] = [
  [],
  ['--all'],
  ['--tree'],
  ['--pair', '03:00.0,04:00.0'],
  ['--pair', '03:00.0,81:00.0'],
  ['--want', '03:00.0,08:00.0,81:00.0'],
]

async function printed(name: string, args: readonly string[]): Promise<unknown> {
  const terminal = recorded(captures)
  await runCommandLine(['inspect', join(captures, `qemu-fabric-epyc-${name}.tar.gz`), '--json', ...args], terminal)
  return JSON.parse(terminal.written.out)
}

const NAMES = ['iommu', 'iommu-unprivileged', 'noiommu']
const documents = await Promise.all([
  ...NAMES.flatMap((name) => SCREENS.map((screen) => printed(name, screen))),
  printed('iommu', ['--what-if', 'acs:06:00.0=off', '--what-if', 'acs:06:01.0=-RR,CR']),
])

test('every document is as the schema says, with nothing beyond it', () => {
  for (const document of documents) {
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  }
})

describe('the schema has no word that is never printed', () => {
  /** What these captures and screens do not show. */
  const elsewhere = [
    'numaNode',
    'barsUnknown',
    'bridgesHidden',
    'cpuMatters',
    'hostBridgeMatters',
    'pathMatters',
    'oneWay',
  ]
  const keys = new Set<string>()
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, below] of Object.entries(value)) {
      if (!Array.isArray(value)) keys.add(key)
      collect(below)
    }
  }
  collect(documents)
  const parts = [schema, ...Object.values(schema.$defs ?? {})]
  const words = [...new Set(parts.flatMap(({ properties = {} }) => Object.keys(properties)))]

  test.each(words.filter((word) => !elsewhere.includes(word)))('%s', (word) => {
    expect([...keys]).toContain(word)
  })
})
