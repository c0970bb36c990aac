/** A search that is stopped ends, at whatever point that is. */
import { ExplorationRun, type ExploreOptions, STRATEGIES } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { closeWhileWriting } from './close-while-writing.ts'

const runOf = (options: ExploreOptions) =>
  new ExplorationRun(closeWhileWriting(), { lookEvery: 1, pause: () => true, ...options })

describe.each(STRATEGIES)('%s', (strategy) => {
  test('stopped in a pause it does not go on', () => {
    const run = runOf({ strategy })
    expect(run.advance()).toBe(false)
    run.stop()
    const before = run.result().steps
    expect(run.advance()).toBe(true)
    expect(run.result()).toMatchObject({ stopped: true, steps: before, coverage: 'sampled' })
  })

  test('one look that is for a pause and for the end is for the end', () => {
    const run = runOf({ strategy, stop: () => true })
    expect([run.advance(), run.result().stopped]).toEqual([true, true])
  })
})
