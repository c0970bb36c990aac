/** What a terminal shows while schedules are explored. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { type HowFar, progressText, shortProgressText } from '../src/explore/progress-text.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')

test.each([
  [['--strategy', 'random', '--schedules', '128'], /, 50 %, about \d+ s left, 64 schedules/],
  [['--preemptions', '3'], /, (< )?[\d.]+ % of the top of the tree, (less than [\w ]+ left, likely, )?[\d ]+ states, /],
])('%j: rate, states and how far it is', async (options, line) => {
  let now = 0
  const terminal = { ...recorded(root, 160), watched: true, now: () => (now += 100) }
  await runCommandLine(['explore', 'close-while-writing', ...options], terminal)
  expect(terminal.written.err).toMatch(line)
})

const STOPPED =
  'stopped; with --checkpoint FILE it can go on later\n' +
  'where that takes too long, --strategy pct finds many faults in seconds\n'

test.each<['SIGINT' | 'SIGTERM', string, RegExp]>([
  ['SIGINT', 'dfs', /^no violation so far: sampled \(stopped, \d+ schedules?\)$/m],
  ['SIGTERM', 'states', /^no violation so far: sampled \(stopped, 0 schedules\)\n.* It was stopped before /m],
])('%s ends it with what was covered so far, also before the search proper: %s', async (signal, strategy, covered) => {
  const terminal = { ...recorded(root), now: () => ticks++ * 500 }
  let ticks = 0
  const before = process.listenerCount(signal)
  // Heard in a pause of the search, as the real one is.
  const timer = setImmediate(function interrupt() {
    if (process.listenerCount(signal) > before) process.emit(signal)
    else setImmediate(interrupt)
  })
  const exit = await runCommandLine(['explore', 'close-while-writing', '--strategy', strategy], terminal)
  clearImmediate(timer)
  expect(exit).toBe(3)
  expect(terminal.written.out).toMatch(covered)
  expect(terminal.written.err).toBe(STOPPED)
  expect(process.listenerCount(signal)).toBe(before)
})

describe('the words', () => {
  const text = (of: HowFar['of'], share: number, states = 0) =>
    progressText({ schedules: 1234, states, share, of, seconds: 10 })

  test('of samples the rest follows', () => {
    expect(text('samples', 0)).toBe(', 1 234 schedules (123/s)')
    expect(text('samples', 0.25)).toBe(', 25 %, about 30 s left, 1 234 schedules (123/s)')
  })

  test('of a slow one that there is little', () => {
    const slow = { schedules: 1, states: 0, share: 0, of: 'tree', seconds: 12 } as const
    expect(progressText(slow)).toBe(', 1 schedule (< 1/s)')
  })

  test('on a terminal of 80 columns they are fewer, and all there', () => {
    const tree = { schedules: 1234, states: 56_789, share: 0.012, of: 'tree', seconds: 10 } as const
    expect(shortProgressText(tree)).toBe(', 1.2 % of the top, < 14 min, 56 789 states, 123/s')
    expect(shortProgressText({ ...tree, of: 'samples' })).toBe(', 1.2 %, about 14 min left, 56 789 states, 123/s')
  })

  test('of a tree it is a guess, and none at all at the beginning', () => {
    expect(text('tree', 1e-5, 56_789)).toBe(', < 0.1 % of the top of the tree, 56 789 states, 1 234 schedules (123/s)')
    expect(text('tree', 0.012, 7)).toBe(
      ', 1.2 % of the top of the tree, less than 14 min left, likely, 7 states, 1 234 schedules (123/s)',
    )
    expect(text('parts', 0.5)).toBe(', 50 % of the parts, less than 10 s left, likely, 1 234 schedules (123/s)')
  })
})
