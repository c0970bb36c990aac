/** What a terminal shows while schedules are explored. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { estimate } from '../src/explore/explore-watched.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')

test.each([
  [['--strategy', 'random', '--schedules', '128'], /64 schedules \(\d+\/s\), 50 %, about \d+ s left/],
  [['--preemptions', '1'], /\d+ schedules \(\d+\/s\), (about|less than) [\d.]+ % of the top of the tree/],
])('%j: rate and how far it is', async (options, line) => {
  let now = 0
  const terminal = { ...recorded(root), watched: true, now: () => (now += 500) }
  await runCommandLine(['explore', 'close-while-writing', ...options], terminal)
  expect(terminal.written.err).toMatch(line)
})

test('nothing is said of what has not begun', () => {
  expect(estimate(0, true, 5)).toBe('')
  expect(estimate(0.25, true, 5)).toBe(', 25 %, about 15 s left')
  expect(estimate(1e-5, false, 5)).toBe(', less than 0.1 % of the top of the tree')
  expect(estimate(0.012, false, 5)).toBe(', about 1.2 % of the top of the tree')
})
