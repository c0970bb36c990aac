/** A plugin that is not a function of what it observed is found by every strategy, and never makes a search crash. */
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { type Explorable, NO_LOG } from '@barter/core'
import {
  DETERMINISM,
  explorableOf,
  explore,
  exploreInParts,
  type Exploration,
  exploreSubject,
  type InPartsOptions,
  replaySchedule,
  STRATEGIES,
  type Task,
  TaskRunner,
  tokenOf,
} from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { root } from '../cli/barter.ts'
import { eachTime, type Mood, moodySubject } from './moody.ts'

const chance = (): boolean => Math.random() < 0.5
const bound = { states: 4, dfs: 1, dpor: undefined, random: undefined, pct: undefined } as const

const loadExample = (name: string) => loadScenario(join(root, 'examples', `${name}.yaml`), { cwd: root })

const countsOf = ({ words, schedules, cuts, steps, states }: Omit<Exploration, 'violations'>) => ({
  words,
  schedules,
  cuts,
  steps,
  states,
})

function demandFound(result: Exploration, message: RegExp): void {
  const [first, ...more] = result.violations
  expect(more).toEqual([])
  expect(first?.violation).toMatchObject({ invariant: DETERMINISM, rule: 'decision 5' })
  expect(first?.violation.message).toMatch(message)
  expect([result.stopped, result.coverage]).toEqual([true, 'sampled'])
  expect(first?.token).toBe(tokenOf(first?.token.split('.')[1] ?? '', first?.schedule ?? []))
  const report = result.replay(first?.schedule ?? [])
  expect([report.verdict, report.violations.at(-1)?.message]).toEqual(['fail', first?.violation.message])
  expect(report.events.at(-1)).toMatchObject({ kind: 'violation', tick: report.ticks })
}

describe('each schedule twice', () => {
  test.each(STRATEGIES)('%s: a plugin that keeps a count over all runs', (strategy) => {
    const preemptions = bound[strategy]
    const options = { strategy, twice: true, schedules: 50, ...(preemptions === undefined ? {} : { preemptions }) }
    const subject = moodySubject('hesitates', eachTime(3))
    demandFound(
      exploreSubject(subject, options),
      /^two runs of one schedule part at step \d+, of writer: the first time/,
    )
  })

  test.each([
    ['hesitates', /comes to "a mood"/],
    ['writes less', /the second time touches other things on the way there, or sees other values in them/],
    ['lies', /part at (step \d+, of writer|the end)/],
  ] as const)('one that %s by chance', (mood, message) => {
    demandFound(exploreSubject(moodySubject(mood, chance), { twice: true, preemptions: 4 }), message)
  })

  test('with all violations asked for it ends all the same: nothing behind it is known', () => {
    const subject = moodySubject('hesitates', chance)
    const result = exploreSubject(subject, { twice: true, strategy: 'random', stopAtFirst: false })
    demandFound(result, /part at step/)
    expect(result.schedules).toBeLessThan(1000)
  })

  test.each(['states', 'dpor', 'random'] as const)(
    '%s: one that does the same each time is explored as ever',
    (strategy) => {
      const options = { strategy, schedules: 10, shrink: false }
      const subject = (): Explorable => moodySubject('none', chance)
      const { violations, ...counted } = exploreSubject(subject(), { ...options, twice: true })
      expect(violations).toEqual([])
      expect(countsOf(counted)).toEqual(countsOf(exploreSubject(subject(), options)))
    },
  )

  test.each(['scenarios/close-while-writing', 'findings/failed-zap'])(
    '%s, stopped early: where once stops',
    async (name) => {
      const { system, scenario } = await loadExample(name)
      const options = { schedules: 3, shrink: false }
      const counted = explore(system, scenario, { ...options, twice: true })
      expect(countsOf(counted)).toEqual(countsOf(explore(system, scenario, options)))
    },
  )

  test('who asks where a thread stands, touches nothing', async () => {
    const { system, scenario } = await loadExample('scenarios/close-while-writing')
    let told = 0
    const log = new Proxy(NO_LOG, {
      get: (to, key) => {
        told++
        return Reflect.get(to, key) as unknown
      },
    })
    const run = explorableOf(system, scenario).begin(log)
    const threads = (): number[] => Array.from({ length: run.threads }, (_, thread) => thread)
    const stands = new Set<string>()
    for (let able = threads(); able.length > 0; able = threads().filter((thread) => run.canRun(thread))) {
      run.step(able.at(-1) ?? 0)
      const before = told
      for (const thread of threads()) stands.add(run.standsAt(thread))
      expect(told).toBe(before)
    }
    expect([...stands]).toContain('has ended')
  })
})

describe('each schedule once', () => {
  test.each(['states', 'dpor', 'dfs'] as const)(
    '%s: a replay that goes another way is told as what it is',
    (strategy) => {
      const options = strategy === 'dfs' ? { strategy, preemptions: 2 } : { strategy }
      for (const draw of [eachTime(2), chance]) {
        demandFound(exploreSubject(moodySubject('hesitates', draw), options), /part at step|not all runs/)
      }
    },
  )
})

describe('two workers', () => {
  const together = (mood: Mood, options: InPartsOptions) => {
    const workers = [1, 2].map(() => {
      const runner = new TaskRunner(moodySubject(mood, chance))
      return { run: async (task: Task) => Promise.resolve(runner.run(task)) }
    })
    return exploreInParts(moodySubject(mood, chance), options, workers)
  }

  test.each(['states', 'dfs', 'random', 'pct'] as const)('%s: what one of them finds is found', async (strategy) => {
    const bounded =
      strategy === 'states' ? { preemptions: 4 } : strategy === 'dfs' ? { preemptions: 1 } : { schedules: 100 }
    const result = await together('hesitates', { strategy, twice: true, ...bounded })
    if (result === undefined) throw new Error('one was to search alone')
    demandFound(result, /part at step|not all runs/)
  })
})

describe('replay', () => {
  const path = (subject: Explorable): readonly number[] => {
    const found = exploreSubject(subject, { twice: true, preemptions: 1 }).violations[0]
    return found?.schedule ?? []
  }

  test('a schedule that can be run is run twice', () => {
    const subject = moodySubject('writes less', eachTime(2))
    const report = replaySchedule(subject, path(subject))
    expect(report.violations.map(({ invariant }) => invariant)).toEqual([DETERMINISM])
  })

  test('one that cannot be run to its end, ever, is refused', () => {
    const subject = moodySubject('none', chance)
    expect(() => replaySchedule(subject, [0, 77])).toThrow(
      expect.objectContaining({
        code: 'TOKEN_BROKEN',
        message: expect.stringMatching(/: step 2: thread 77 cannot take the step/),
      }),
    )
  })
})
