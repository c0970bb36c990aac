/** What goes wrong in drivers of others is found, by the right name. */
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { explorableOf, explore, replaySchedule, type StrategyName } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { barter, missing } from '../cli/barter.ts'

const subject = (how: string, tells = false) => {
  const settings = [{ name: 'strangers', options: { how, tells } }]
  return loadScenario(join(import.meta.dirname, 'strangers.yaml'), { cwd: import.meta.dirname, settings })
}

async function found(how: string, strategy: StrategyName): Promise<string> {
  const { system, scenario } = await subject(how)
  const { words, violations } = explore(system, scenario, { strategy, shrink: false, schedules: 4000 })
  const [first] = violations
  if (first === undefined) return words
  // What was found comes back.
  const again = replaySchedule(explorableOf(system, scenario), first.schedule)
  expect(again.violations.map(({ message }) => message)).toContain(first.violation.message)
  return `${first.violation.invariant} (${first.violation.rule})`
}

describe('an importer with a', { timeout: 30_000 }, () => {
  test.each([
    ['worker with an old table', 'INV-21 (INV-21)'],
    ['worker beside its engine', 'INV-14 (HAZ-1)'],
    ['worker after its close', 'INV-27 (INV-27)'],
    ['fence not waited for', 'INV-1 (IMP-3)'],
    ['fence too late', 'INV-1 (IMP-3)'],
    ['fence forgotten', 'INV-10 (HAZ-14)'],
    ['queue the other way round', 'INV-11 (VFIO-40)'],
    ['queue not taken when told', 'INV-14 (HAZ-1)'],
    ['queue kept', 'INV-12 (INV-12)'],
  ])('%s breaks %s', async (how, what) => {
    expect(await found(how, 'dpor')).toBe(what)
  })

  test('decision 5: a lock taken in both orders, states: a callback in which a run ends is no other way of the next run', async () => {
    expect(await found('queue the other way round', 'states')).toBe('INV-11 (VFIO-40)')
  })

  test('an engine that is asked for ever: schedules are given up, which the words say, and who does not end is named', async () => {
    const { system, scenario } = await subject('poll')
    const { words, estimate } = explore(system, scenario, { strategy: 'random', schedules: 2 })
    expect(words).toBe('sampled (seed 1, 2 schedules, some schedules were given up for their length)')
    expect(estimate.endless).toMatch(/^user comes to "is it ready\?" after \d+ steps$/)
  })

  test.each(['states', 'dpor', 'dfs'] as const)(
    'nor does a search by %s end, which is told at once',
    async (strategy) => {
      const { system, scenario } = await subject('poll')
      const { words, endless, coverage, stopped, violations } = explore(system, scenario, { strategy })
      expect([coverage, words]).toEqual(['sampled', 'sampled (stopped where a schedule does not end, 0 schedules)'])
      expect([stopped, violations]).toEqual([true, []])
      expect(endless).toBe('user comes to "is it ready?" after 20000 steps')
    },
  )

  test('pct gives a schedule up after as many steps as it is told, and its priorities have nothing to do with that', async () => {
    const { system, scenario } = await subject('poll')
    const { words, steps } = explore(system, scenario, { strategy: 'pct', schedules: 3, depth: 300 })
    expect(words).toBe('sampled (seed 1, 3 schedules, some schedules were given up for their length)')
    expect(steps).toBeLessThan(3 * 301)
  })

  test('nobody waits for the end of such a schedule when the time is over', async () => {
    const { system, scenario } = await subject('poll')
    const { words, steps } = explore(system, scenario, { strategy: 'dpor', depth: 20_000, stop: () => true })
    expect([words.startsWith('sampled'), steps < 6000]).toEqual([true, true])
  })

  test('call that yields what nobody can wait for: the driver is named, and the call', async () => {
    const { system, scenario } = await subject('foreign')
    expect(() => explore(system, scenario)).toThrow('driver card: access yields 42, for which nothing can be waited')
  })

  test.skipIf(missing !== undefined)('promise that fails and that nobody waits for: the driver is named', () => {
    const { exit, out, err } = barter(
      ['explore', 'strangers.yaml', '--set', 'strangers.how=later'],
      import.meta.dirname,
    )
    expect([exit, out, err.includes('    at ')]).toEqual([2, '', false])
    expect(err.replaceAll(/\s+/g, ' ')).toContain('DRIVER_BROKEN driver card: access gives a promise, and has to give')
  })
})
