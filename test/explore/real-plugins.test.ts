/** The strategies on the real exporter and a real importer: one sees what the other sees. */
import { compose, type System } from '@barter/core'
import { type ExploreOptions, explore, scheduleOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { CLOSE_WHILE_WRITING, topology } from './close-while-writing.ts'

const house = (options: Parameters<typeof vfioPci>[0] = {}): System =>
  compose({ topology, plugins: [sim(), vfioPci(options), rdma()] })

const outcomesOf = (system: System, options: ExploreOptions): readonly string[] => {
  const result = explore(system, CLOSE_WHILE_WRITING, { ...options, outcomes: true })
  expect(result.violations).toEqual([])
  expect(result.stopped).toBe(false)
  return [...result.outcomes.keys()].sort()
}

describe('a close while a NIC writes, vfio-pci and mlx5', () => {
  test('INV-1, INV-4: complete, without a violation; dpor sees the same three outcomes', () => {
    const states = outcomesOf(house(), { strategy: 'states' })
    expect(states).toHaveLength(3)
    expect(outcomesOf(house(), { strategy: 'dpor' })).toEqual(states)
  })

  test('with a bound, state matching sees what plain depth-first search sees', () => {
    const plain = outcomesOf(house(), { strategy: 'dfs', preemptions: 1 })
    expect(outcomesOf(house(), { strategy: 'states', preemptions: 1 })).toEqual(plain)
  })

  test('the same words and counts each time', () => {
    const once = explore(house(), CLOSE_WHILE_WRITING, { preemptions: 1 })
    const again = explore(house(), CLOSE_WHILE_WRITING, { preemptions: 1 })
    expect(once.words).toBe('bounded (1 preemption)')
    expect([again.words, again.schedules, again.steps, again.states]).toEqual([
      once.words,
      once.schedules,
      once.steps,
      once.states,
    ])
  })
})

describe('BUG-2: a revoke that waits for nobody', () => {
  const forgetful = (): System =>
    compose({ topology, plugins: [sim(), vfioPci(), rdma()], facts: { generation: 'G1' } })

  test.each(['states', 'dpor', 'random', 'pct'] as const)('%s finds it, and its token replays to it', (strategy) => {
    const system = forgetful()
    const result = explore(system, CLOSE_WHILE_WRITING, { strategy })
    const [found] = result.violations
    expect(found?.violation.invariant).toMatch(/^INV-/)
    expect(found?.length).toBe(found?.schedule.length)
    const digest = found?.token.split('.')[1] ?? ''
    const report = result.replay(scheduleOf(found?.token ?? '', digest))
    expect(report.violations.map(({ invariant }) => invariant)).toContain(found?.violation.invariant)
  })
})
