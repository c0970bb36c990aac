/** A driver that lets nobody else run is broken off, and named with its code, its thread and its step. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT } from '../cli/barter.ts'

if (missing !== undefined) console.log(`looping.test.ts: skipped: ${missing}`)

const here = import.meta.dirname
const STORY = 'looping.yaml'
const looping = (loops: string) => ['--set', `looping.loops=${loops}`, '--patience', '1s']

/** On one line, as lines may break anywhere. */
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
const told = (when: string, calls: string) =>
  `error DRIVER_HANGS plugin ./looping.js does not come back: ${when}, it still runs after 1 s, at ${join(here, 'looping.js')}:10:3 (${calls})`

describe.skipIf(missing !== undefined)('a driver that does not come back', () => {
  test(
    'while schedules are explored: where, in which step of whom, and the story up to there',
    {
      timeout: PROCESS_TIMEOUT,
    },
    () => {
      const { exit, out, err } = barter(['explore', STORY, ...looping('thread')], here)
      expect([exit, out]).toEqual([2, ''])
      const [, step = '', thread = ''] = /in step (\d+), of (\S+), it/.exec(inOneLine(err)) ?? []
      const where = told(`in step ${step}, of ${thread}`, 'forEver, called by at, called by unmap')
      expect(inOneLine(err)).toContain(where)
      const [, token = ''] = /replay \\\s+(barter1\S+)/.exec(err) ?? []
      const again = barter(['replay', token, STORY, ...looping('thread')], here)
      expect([again.exit, again.err]).toEqual([3, ''])
      expect(again.out).toContain(`${Number(step) - 1} steps of threads`)
    },
  )

  test('in a run by a seed: the story up to there, and where it is', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, out, err } = barter(['run', STORY, ...looping('import')], here)
    expect(exit).toBe(2)
    expect(out).toContain('CANNOT TELL  the run was stopped before its end')
    expect(inOneLine(err)).toContain(told('in step 30', 'forEver, called by at, called by attach'))
  })

  test('before there is a run', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, err } = barter(['explore', STORY, ...looping('factory')], here)
    expect(exit).toBe(2)
    expect(inOneLine(err)).toContain(told('while the scenario is loaded', 'forEver, called by loopingPlugin'))
  })

  test('in one of several workers', { timeout: PROCESS_TIMEOUT }, () => {
    const options = ['--workers', '2', '--strategy', 'random', '--schedules', '40']
    const { exit, out, err } = barter(['explore', STORY, ...options, ...looping('worker')], here)
    expect([exit, out]).toEqual([2, ''])
    const where = /in step \d+, of vmm, in worker \d of 2 \(run again alone it comes back\), it still runs after 1 s/
    expect(inOneLine(err)).toMatch(where)
  })

  test('while one that computes for long in many steps is left alone', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, err } = barter(['run', STORY, '--seed', '2', ...looping('long')], here)
    expect([exit, err]).toEqual([0, ''])
  })
})
