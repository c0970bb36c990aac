/** The examples of examples/generations hold, in many orders of events, and each only in the kernel that it names. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples', 'generations')
const SEEDS = 20

describe.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))(
  'GEN-5: %s',
  { timeout: 60_000 },
  (name) => {
    test(`passes with the seeds from 1 to ${SEEDS}`, async () => {
      const { scenario, system } = await loadScenario(join(folder, name), { cwd: root })
      const failed: string[] = []
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { verdict } = await system.machine('sim').run(scenario, { seed })
        if (verdict !== 'pass') failed.push(`seed ${seed}: ${verdict}`)
      }
      expect(failed).toEqual([])
    })

    test('names the published schema, and is listed in the README', () => {
      const text = readFileSync(join(folder, name), 'utf8')
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../packages/cli/schema/scenario.schema.json')
      expect(readFileSync(join(root, 'examples', 'README.md'), 'utf8')).toContain(`(generations/${name})`)
    })
  },
)

test.each([
  ['pinned-nic-2025.yaml', 'G1'],
  ['pinned-nic-today.yaml', 'G2'],
])('GEN-19: the facts of %s are those of %s', async (name, generation) => {
  expect((await loadScenario(join(folder, name), { cwd: root })).system.facts.generation).toBe(generation)
})
