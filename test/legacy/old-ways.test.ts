/** Each example of an old way shows what it says, in many orders of events. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples', 'old-ways')
const SEEDS = 10

describe.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s', { timeout: 60_000 }, (name) => {
  test(`passes with the seeds from 1 to ${SEEDS}`, async () => {
    const { scenario, system } = await loadScenario(join(folder, name), { cwd: root })
    const machine = system.machine('sim')
    const failed: string[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { verdict, outcomes, expectations } = await machine.run(scenario, { seed })
      if (verdict === 'pass') continue
      const unmet = [
        ...outcomes.filter(({ met }) => !met).map(({ text, result }) => `${text}: ${JSON.stringify(result)}`),
        ...expectations.filter(({ met }) => !met).map(({ why }) => why),
      ]
      failed.push(`seed ${seed}: ${verdict}: ${unmet.join('; ')}`)
    }
    expect(failed).toEqual([])
  })

  test('names the published schema', () => {
    const [first] = readFileSync(join(folder, name), 'utf8').split('\n')
    expect(first).toBe('# yaml-language-server: $schema=../../packages/cli/schema/scenario.schema.json')
  })
})
