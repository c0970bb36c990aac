/** The published schema is what the loader checks by. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { JsonSchema } from '@barter/core'
import { composeSystem } from '../src/plugins/compose-system.ts'
import { driverWords } from '../src/plugins/driver-words.ts'
import { FIRST_PARTY, FIRST_PARTY_DRIVERS } from '../src/plugins/first-party.ts'
import { checkSteps } from '../src/scenario/check-steps.ts'
import { publishedSchema } from '../src/scenario/published-schema.ts'
import { checkAgainst } from '../src/scenario/schema-check.ts'
import { outlineSchema } from '../src/scenario/schema.ts'
import type { ScenarioFile } from '../src/scenario/scenario-file.ts'
import { type StepWord, stepWords } from '../src/scenario/step-words.ts'
import { storyOf } from '../src/scenario/story.ts'
import { topologySchema } from '../src/scenario/topology-schema.ts'
import { buildTopology } from '@barter/core'

const home = join(import.meta.dirname, '..')
const root = join(home, '..', '..')
const examples = join(root, 'examples', 'scenarios')
const committed = JSON.parse(readFileSync(join(home, 'schema', 'scenario.schema.json'), 'utf8')) as JsonSchema
const scenarios = readdirSync(examples)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => [name, parse(readFileSync(join(examples, name), 'utf8')) as unknown] as const)

test('is committed as it is made: else run npm run schema -w @barter/cli', async () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(await publishedSchema())))
})

test('every plugin of this house has a short name', () => {
  const names = readdirSync(join(root, 'plugins')).filter((name) =>
    readdirSync(join(root, 'plugins', name)).includes('package.json'),
  )
  const packages = new Set(Object.values(FIRST_PARTY).map((plugin) => plugin.package))
  expect([...packages].sort()).toEqual([...names.map((name) => `@barter/${name}`), '@barter/sim'].sort())
})

test.each(scenarios)('allows %s', (_name, value) => {
  expect(checkAgainst(committed, value)).toEqual([])
})

describe('and the loader', () => {
  const outline = outlineSchema(topologySchema)
  let words: readonly StepWord[] = []
  let importers: readonly string[] = []
  beforeAll(async () => {
    const { topology } = buildTopology({ hostBridges: [{ devices: [{ rootPort: 'port' }] }] })
    const drivers = FIRST_PARTY_DRIVERS
    const system = await composeSystem({ topology, facts: undefined, plugins: [], drivers, folders: [] })
    words = stepWords(driverWords(system))
    importers = system.drivers.importers
  })
  const complaints = (value: unknown): number => {
    const shape = checkAgainst(outline, value)
    if (shape.length > 0) return shape.length
    return checkSteps(storyOf(value as ScenarioFile), words, { importers, silent: [] }).complaints.length
  }

  const odd = fc.constantFrom<unknown>(
    null,
    1,
    -1,
    'x',
    '',
    true,
    [],
    {},
    [1],
    { a: 1 },
    'ENODEV',
    '64 KiB',
    1.5,
    'nvme',
    'buf',
  )
  /** Every key that the schema knows somewhere, and one that it does not. */
  const keys = fc.constantFrom(...keysOf(committed), 'x')

  /** An import of a driver that takes no options, with one. */
  const anOptionOfNone: [number, [number, string, unknown][]] = [
    scenarios.findIndex(([name]) => name === 'nic-lends-its-doorbell.yaml'),
    [[277, 'title', null]],
  ]

  test('what the loader has nothing to say of, the schema allows', () => {
    fc.assert(
      fc.property(
        fc.nat(scenarios.length - 1),
        fc.array(fc.tuple(fc.nat(400), keys, odd), { maxLength: 3 }),
        (which, edits) => {
          const value = structuredClone(scenarios[which]?.[1])
          for (const [place, key, part] of edits) edit(value, place, key, part)
          if (complaints(value) === 0) expect(checkAgainst(committed, value)).toEqual([])
        },
      ),
      { numRuns: 300, examples: [anOptionOfNone] },
    )
  })
})

function keysOf(schema: unknown, keys = new Set<string>()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return keys
  if ('properties' in schema) for (const key of Object.keys(schema.properties as object)) keys.add(key)
  for (const part of Object.values(schema)) keysOf(part, keys)
  return keys
}

/** Put a copy of `part` at `key` of the object or list that is the `place`th; the same part twice would make a circle. */
function edit(value: unknown, place: number, key: string, given: unknown): void {
  const part: unknown = structuredClone(given)
  const all: object[] = []
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    all.push(one)
    Object.values(one).forEach(walk)
  }
  walk(value)
  const target = all[place % all.length]
  if (Array.isArray(target)) target[place % (target.length + 1)] = part
  else if (target !== undefined) Object.assign(target, { [key]: part })
}
