/** `barter explore --workers`: real threads find what one finds. */
import { describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT } from './barter.ts'

if (missing !== undefined) console.log(`explore-workers.test.ts: skipped: ${missing}`)

const explored = (...args: readonly string[]) => {
  const { exit, out, err } = barter(['explore', ...args, '--json'])
  expect(err).toBe('')
  const { seconds, workers, ...rest } = JSON.parse(out) as Readonly<Record<string, unknown>>
  expect(seconds).toBeTypeOf('number')
  return { exit, workers, rest }
}

describe.skipIf(missing !== undefined)('threads', () => {
  const BAD = 'type1-in-reset'
  const SAMPLES = ['close-while-writing', '--strategy', 'random', '--schedules', '40']

  test('INV-1: the first counterexample is that of one thread', { timeout: PROCESS_TIMEOUT }, () => {
    expect(explored(BAD, '--workers', '2')).toEqual(explored(BAD))
    const { rest } = explored(BAD, '--strategy', 'dfs', '--workers', '3')
    expect(rest.violations).toEqual(explored(BAD, '--strategy', 'dfs').rest.violations)
  })

  test('samples: the counts of one thread', { timeout: PROCESS_TIMEOUT }, () => {
    const together = explored(...SAMPLES, '--workers', '2')
    expect(together.workers).toBe(2)
    expect(together.rest).toEqual(explored(...SAMPLES).rest)
  })

  test('what workers cannot do is refused', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, err } = barter(['explore', BAD, '--strategy', 'dpor', '--workers', '2'])
    expect(exit).toBe(2)
    expect(err).toContain('EXPLORE_WORKERS')
  })
})
