/** Every example does what it says, in many orders of events, and the same order every time. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadedScenario, loadScenario, renderRun, reportJson, styleText } from '@barter/cli'
import { beforeAll, describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT, root } from './barter.ts'
import { called } from './called.ts'

const folder = join(root, 'examples', 'scenarios')
const scenarios = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const SEEDS = 25

describe.each(scenarios)('%s', { timeout: 60_000 }, (name) => {
  const load = () => loadScenario(join(folder, name), { cwd: root })
  let first: LoadedScenario
  beforeAll(async () => {
    first = await load()
  })

  test(`passes with the seeds from 1 to ${SEEDS}`, async () => {
    const { scenario, system } = first
    const machine = system.machine('sim')
    const failed: string[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { verdict } = await machine.run(scenario, { seed })
      if (verdict !== 'pass') failed.push(`seed ${seed}: ${verdict}`)
    }
    expect(failed).toEqual([])
  })

  test('gives the same bytes for the same seed, composed once or twice', async () => {
    const second = await load()
    for (const seed of [1, 7]) {
      const report = await first.system.machine('sim').run(first.scenario, { seed })
      const again = await first.system.machine('sim').run(first.scenario, { seed })
      const other = await second.system.machine('sim').run(second.scenario, { seed })
      expect(reportJson(again, first)).toBe(reportJson(report, first))
      expect(reportJson(other, second)).toBe(reportJson(report, first))
    }
  })

  test('is told on lines of 80 characters at most', async () => {
    const report = await first.system.machine('sim').run(first.scenario, { seed: 1 })
    for (const detail of ['brief', 'usual'] as const) {
      const text = renderRun(report, first, { columns: 80, style: styleText(false), detail })
      expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    }
  })

  test('names the published schema, and is listed in the README', () => {
    const text = readFileSync(join(folder, name), 'utf8')
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../packages/cli/schema/scenario.schema.json')
    expect(readFileSync(join(root, 'examples', 'README.md'), 'utf8')).toContain(`(scenarios/${name})`)
  })
})

test.skipIf(missing !== undefined)(
  'two processes print the same bytes: this one, and that of the built command',
  async () => {
    for (const more of [[], ['--json'], ['--verbose', '--seed', '7']]) {
      const args = ['run', join('examples', 'scenarios', 'reset-while-writing.yaml'), ...more]
      const built = barter(args)
      expect(built).toEqual(await called(args))
      expect(built).toMatchObject({ exit: 0, err: '' })
      expect(built.out).not.toContain('\u001b')
    }
  },
  PROCESS_TIMEOUT,
)
