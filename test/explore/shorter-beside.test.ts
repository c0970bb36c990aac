/** What is found first may not be the shortest: a shorter one of another rule, met while it is shrunk, is named beside it. */
import { loadScenario } from '@barter/cli'
import { explorableOf, explore, replaySchedule, scheduleOf } from '@barter/explore'
import { expect, test } from 'vitest'

const load = (name: string) => loadScenario(name, { cwd: import.meta.dirname })

test('INV-3: a guest that keeps its mapping; a story of INV-14 is shorter, and can be replayed', async () => {
  const { system, scenario } = await load('guest-p2p-type1')
  const [first] = explore(system, scenario).violations
  expect(first?.violation.invariant).toBe('INV-3')
  expect(first?.beside?.violation.invariant).toBe('INV-14')
  expect(first?.beside?.length).toBeLessThan(0.95 * (first?.length ?? 0))
  const subject = explorableOf(system, scenario)
  const report = replaySchedule(subject, scheduleOf(first?.beside?.token ?? '', subject.digest))
  expect(report.violations.map(({ invariant }) => invariant)).toContain('INV-14')
  expect(report.steps).toBe(first?.beside?.length)
})

test('INV-1: where nothing is much shorter, there is nothing beside', async () => {
  const { system, scenario } = await load('type1-in-reset')
  const [first] = explore(system, scenario).violations
  expect([first?.violation.invariant, first?.beside]).toEqual(['INV-1', undefined])
})
