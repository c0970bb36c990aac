/** `barter explore --checkpoint` and `--resume`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const GOOD = join(root, 'examples', 'scenarios', 'close-while-writing.yaml')
const BAD = join(root, 'examples', 'old-ways', 'type1-in-reset.yaml')
const scratch = mkdtempSync(join(tmpdir(), 'barter-checkpoint-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const at = (name: string): string => join(scratch, name)

async function explore(...args: readonly string[]) {
  const terminal = recorded(root)
  const exit = await runCommandLine(['explore', ...args], terminal)
  return { exit, ...terminal.written }
}

const stopped = explore(GOOD, '--preemptions', '3', '--schedules', '3', '--checkpoint', at('first'))

describe('barter explore --checkpoint', () => {
  test('stopped twice and gone on with: the document of an exploration that was not stopped', async () => {
    const { exit, out, err } = await stopped
    // It goes on in the next line where the paths are long.
    const command = err.replaceAll(/ \\\n\s*/g, ' ')
    expect([exit, command]).toEqual([3, expect.stringContaining(`--resume ${at('first')}\n`)])
    const states = / (\d+) states/.exec(out)?.[1]
    const none = await explore(GOOD, '--resume', at('first'), '--schedules', '1', '--json')
    expect(JSON.parse(none.out), 'it is there already, and nothing is done').toMatchObject({ states: Number(states) })
    const second = await explore(GOOD, '--resume', at('first'), '--schedules', '9', '--checkpoint', at('second'))
    expect(second.exit).toBe(3)
    const third = await explore(GOOD, '--resume', at('second'), '--json')
    expect([third.exit, third.err]).toEqual([0, ''])
    expect(third.out).toBe((await explore(GOOD, '--preemptions', '3', '--json')).out)
  })

  test('a checkpoint may be written over the one that was gone on with, and over no other file', async () => {
    await stopped
    const options = ['--schedules', '4', '--checkpoint'] as const
    writeFileSync(at('same'), readFileSync(at('first')))
    expect((await explore(GOOD, '--resume', at('same'), ...options, at('same'))).exit).toBe(3)
    expect((await explore(GOOD, '--resume', at('same'), ...options, at('first'))).err).toContain('OUTPUT_EXISTS')
  })

  test('a checkpoint and a counterexample, each in the place of the other: what they are for', async () => {
    await stopped
    writeFileSync(at('found'), '{\n  "schema": "barter.counterexample/1",\n  "token": ""\n}\n')
    expect((await explore(GOOD, '--resume', at('found'))).err.replaceAll(/\s+/g, ' ')).toContain(
      'it is a counterexample, and barter replay tells it',
    )
    const terminal = recorded(scratch)
    expect(await runCommandLine(['replay', at('first')], terminal)).toBe(2)
    expect(terminal.written.err.replaceAll(/\s+/g, ' ')).toContain('it is a checkpoint, and barter explore SCENARIO')
  })

  test('without it whoever stopped learns how to go on later', async () => {
    const { exit, err } = await explore(GOOD, '--schedules', '2')
    expect(exit).toBe(3)
    expect(err).toMatch(/^stopped; with --checkpoint FILE it can go on later\n.*--strategy pct .*\n$/)
  })

  test('dpor is refused', async () => {
    const { exit, err } = await explore(GOOD, '--strategy', 'dpor', '--checkpoint', at('dpor'))
    expect(exit).toBe(2)
    expect(err).toContain('EXPLORE_CHECKPOINT')
  })
})

describe('barter explore --resume', () => {
  test.each([
    ['another scenario', [BAD], 'CHECKPOINT_FOREIGN'],
    [
      'another strategy',
      [GOOD, '--strategy', 'dfs'],
      'made with the strategy states, and is asked for the strategy dfs',
    ],
    [
      'another bound',
      [GOOD, '--preemptions', '2'],
      'made with 3 preemptions at most, and is asked for 2 preemptions at most',
    ],
  ])('%s is refused', async (_name, args, words) => {
    await stopped
    const { exit, out, err } = await explore(...args, '--resume', at('first'))
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain('CHECKPOINT_FOREIGN')
    expect(err.replaceAll(/\s+/g, ' ')).toContain(words)
  })

  test.each([
    ['missing', undefined, 'CHECKPOINT_BROKEN'],
    ['words', () => 'these are words', 'CHECKPOINT_BROKEN'],
    ['schema', () => '{"schema":"barter.run/1"}\n{}\n', 'barter.run/1'],
    ['cut short', (text: string) => text.slice(0, -100), 'damaged or cut short'],
    ['changed', (text: string) => text.replace('"schedules":3', '"schedules":4'), 'damaged or cut short'],
    ['version', (text: string) => text.replace(/"version":"[^"]*"/, '"version":"99.0.0"'), 'CHECKPOINT_VERSION'],
  ])('a file that is %s is refused', async (name, change, words) => {
    await stopped
    if (change !== undefined) writeFileSync(at(name), change(readFileSync(at('first'), 'utf8')))
    const { exit, err } = await explore(GOOD, '--resume', at(name))
    expect(exit).toBe(2)
    expect(err.replaceAll(/\s+/g, ' ')).toContain(words)
  })
})
