/** Every finding shows with its switch, in many orders of events, and is gone without. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Report, SWITCHES } from '@barter/core'
import { type LoadedScenario, loadScenario } from '@barter/cli'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'examples', 'findings')
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const SEEDS = 20

const load = (name: string, switches?: readonly string[]) =>
  loadScenario(join(folder, name), { cwd: root, ...(switches === undefined ? {} : { switches }) })

async function run({ scenario, system }: LoadedScenario): Promise<readonly Report[]> {
  const reports: Report[] = []
  for (let seed = 1; seed <= SEEDS; seed++) reports.push(await system.machine('sim').run(scenario, { seed }))
  return reports
}

const switched: string[] = []
const unswitched: string[] = []
for (const name of names) {
  const { system } = await load(name)
  ;(system.facts.switches.size === 0 ? unswitched : switched).push(name)
}

describe.each(switched)('SW-5: %s', (name) => {
  test('shows with its one switch, and every packet, outcome and count beside is right', async () => {
    const loaded = await load(name)
    expect(loaded.system.facts.switches.size).toBe(1)
    for (const { verdict, violations, expectations, seed } of await run(loaded)) {
      const wanted = expectations.flatMap(({ expectation }) =>
        expectation.kind === 'violation' ? [expectation.invariant] : [],
      )
      expect([seed, verdict, [...new Set(violations.map(({ invariant }) => invariant))]]).toEqual([
        seed,
        'pass',
        wanted,
      ])
    }
  })

  test('is gone without it: no violation, and another outcome where the defect was one', async () => {
    for (const { verdict, violations, outcomes, expectations, seed } of await run(await load(name, []))) {
      expect([seed, verdict, violations]).toEqual([seed, 'fail', []])
      const wantedViolation = expectations.some(({ expectation, met }) => expectation.kind === 'violation' && !met)
      const otherOutcome = outcomes.some(({ met }) => !met)
      expect(wantedViolation || otherOutcome).toBe(true)
      expect(outcomes.filter(({ result }) => result.kind === 'blocked')).toEqual([])
    }
  })
})

test.each(unswitched)(
  'VFIO-63: %s shows without a switch, since there is no other kernel to compare with',
  async (name) => {
    for (const { verdict, seed } of await run(await load(name))) expect([seed, verdict]).toEqual([seed, 'pass'])
  },
)

test('SW-5: every switch of a defect has a scenario, unless it changes nothing or is harmless', async () => {
  const shown = await Promise.all(switched.map(async (name) => [...(await load(name)).system.facts.switches]))
  // BUG-43 needs a callback that uses what amdgpu publishes late, and amdgpu's does not. The last two are fixes or aliases.
  const without = ['BUG-36', 'BUG-43', 'SW-LINK-OFFSET0', 'SW-STRICT-PM']
  expect([...new Set(shown.flat()), ...without].sort()).toEqual(SWITCHES.map(({ id }) => id).sort())
})

test('SW-5: every switch is asked for somewhere, and nothing asks for one that is not there', () => {
  const asked = new Set<string>()
  for (const kind of ['packages', 'plugins']) {
    for (const room of readdirSync(join(root, kind))) {
      const src = join(root, kind, room, 'src')
      for (const path of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
        file.endsWith('.ts'),
      )) {
        const text = readFileSync(join(src, path), 'utf8')
        for (const [, id] of text.matchAll(/switches\s*\.has\('([A-Z0-9-]+)'\)/g)) asked.add(id ?? '')
      }
    }
  }
  const listed = SWITCHES.filter(({ inert }) => inert === undefined).map(({ id }) => id)
  expect([...asked].sort()).toEqual([...listed].sort())
})
