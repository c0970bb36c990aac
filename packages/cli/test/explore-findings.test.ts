/**
 * What breaks no invariant: a plugin that does not do the same each time, and a step that does not end as it says. What
 * `barter explore` and `barter replay` say of them, in every format.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const SCENARIO = join(import.meta.dirname, 'moody.yaml')
const WRITES =
  readFileSync(SCENARIO, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes('write: mr')) + 1
const root = join(import.meta.dirname, '..', '..', '..')
const scratch = mkdtempSync(join(tmpdir(), 'barter-findings-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const at = (name: string): string => join(scratch, name)

async function barter(...args: readonly string[]) {
  const terminal = recorded(root)
  const exit = await runCommandLine(args, terminal)
  return { exit, ...terminal.written }
}

/** The scenario with the mood of the engine put in. */
function moody(by: 'chance' | 'count' | 'none'): string {
  const file = at(`${by}.yaml`)
  const plugin = `  - ${JSON.stringify({ [join(import.meta.dirname, 'moody-importer.js')]: { by } })}`
  const machine = join(root, 'examples', 'captures')
  const text = readFileSync(SCENARIO, 'utf8').replace('../../../examples/captures', machine)
  writeFileSync(file, text.replace('  - ./moody-importer.js', plugin))
  return file
}

const found = (async () => {
  const reports = ['-o', at('found.json'), '--junit', at('junit.xml'), '--sarif', at('sarif.json')]
  return barter('explore', SCENARIO, '--twice', '--strategy', 'random', ...reports, '--trace', at('trace.json'))
})()
const read = (name: string) => JSON.parse(readFileSync(at(name), 'utf8')) as Readonly<Record<string, unknown>>

const PARTS = /two runs of one schedule part at step \d+, of writer/

describe('barter explore --twice', () => {
  test('the violation, who and where, and what to do; exit code 1', async () => {
    const { exit, out, err } = await found
    expect([exit, err]).toEqual([1, ''])
    expect(out).toMatch(/^VIOLATION of determinism \(decision 5\) in \d+ steps/m)
    expect(out.replace(/\s+/g, ' ')).toMatch(PARTS)
    expect(out.replace(/\s+/g, ' ')).toMatch(/before: writer the first time comes to "the engine is (slow|done)"/)
    expect(out).toMatch(/\| VIOLATION of determinism$/m)
    expect(out).toContain('sampled (seed 1, ')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('SARIF: at the step in which the runs part', async () => {
    await found
    const { runs } = read('sarif.json')
    expect(runs).toMatchObject([
      {
        tool: { driver: { rules: [{ id: 'determinism' }] } },
        results: [
          {
            ruleId: 'determinism',
            locations: [{ physicalLocation: { region: { startLine: WRITES } } }],
            relatedLocations: [{ physicalLocation: { region: { startLine: WRITES } } }],
          },
        ],
      },
    ])
  })

  test('JUnit and Chrome trace', async () => {
    await found
    expect(readFileSync(at('junit.xml'), 'utf8')).toMatch(/<failure message="determinism \(decision 5\): two runs/)
    const { traceEvents } = read('trace.json')
    const names = (traceEvents as readonly { name: string }[]).map(({ name }) => name)
    expect(names.at(-1)).toMatch(/^VIOLATION of determinism/)
  })

  test.each(['dpor', 'pct'])('%s, and a count that outlives the run', async (strategy) => {
    const { exit, out } = await barter('explore', moody('count'), '--twice', '--strategy', strategy, '--json')
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      stopped: true,
      coverage: 'sampled',
      violations: [{ invariant: 'determinism', rule: 'decision 5', message: expect.stringMatching(PARTS) as unknown }],
    })
  })

  test('a plugin that does the same each time has no such violation', async () => {
    const { exit, out } = await barter('explore', moody('none'), '--twice', '--strategy', 'random', '--schedules', '20')
    expect([exit, out.includes('no violation: sampled (seed 1, 20 schedules)')]).toEqual([0, true])
  })
})

test('without --twice a replay that goes another way is that violation, and no error', async () => {
  const { exit, out, err } = await barter(
    'explore',
    moody('chance'),
    '--strategy',
    'dfs',
    '--preemptions',
    '2',
    '--json',
  )
  expect([exit, err]).toEqual([1, ''])
  expect(JSON.parse(out)).toMatchObject({ violations: [{ invariant: 'determinism' }] })
})

describe('barter replay', () => {
  test('of a schedule that parts: what can be run, and the violation if it shows again', async () => {
    await found
    const steps = Number(read('found.json').length)
    expect(steps).toBeGreaterThan(10)
    // By chance both runs may be alike: in one of so many they are not.
    for (let attempt = 0; attempt < 40; attempt++) {
      const { exit, out } = await barter('replay', at('found.json'))
      // Where it can be run only so far, it cannot tell.
      expect([0, 1, 3]).toContain(exit)
      if (!out.includes('determinism')) continue
      expect(out.replace(/\s+/g, ' ')).toMatch(PARTS)
      expect(exit).toBe(1)
      return
    }
    throw new Error('all replays were alike')
  })
})

/** The close while a NIC writes, in which the import is refused in some orders. **Shape** `says`: what its step says. */
function scenario(name: string, says: string, more = ''): string {
  const file = at(`${name}.yaml`)
  const text = readFileSync(join(root, 'examples', 'scenarios', 'close-while-writing.yaml'), 'utf8')
  const changed = text
    .replace('../captures', join(root, 'examples', 'captures'))
    .replace('      expect: [ok, ENODEV]\n', says)
    .replace('  - everybody finishes\n', `  - everybody finishes\n${more}`)
  writeFileSync(file, changed)
  return file
}

const TOO_STRICT = scenario('strict', '      expect: ok\n')
const LINE =
  readFileSync(TOO_STRICT, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes('import: buf')) + 1
const SAYS = `step 1 of writer (line ${LINE}), import buf, on nic, as mr, is to end with ok, and ended with ENODEV`

const unmet = barter(
  ...[
    'explore',
    TOO_STRICT,
    '-o',
    at('unmet-found.json'),
    '--junit',
    at('unmet-junit.xml'),
    '--sarif',
    at('unmet-sarif.json'),
  ],
  ...['--trace', at('unmet-trace.json')],
)

describe('a step that does not end as it says in some order', () => {
  test('is found: what was said, what came, where, and exit code 1', async () => {
    const { exit, out, err } = await unmet
    expect([exit, err]).toEqual([1, ''])
    expect(out).toMatch(/^NOT AS EXPECTED \(VFIO-\d+\w?\) in \d+ steps with \d+ context switch/m)
    expect(out.replace(/\s+/g, ' ')).toContain(SAYS)
    expect(out).toMatch(/\| NOT AS EXPECTED$/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('SARIF: at the line of the step', async () => {
    await unmet
    expect(read('unmet-sarif.json').runs).toMatchObject([
      {
        tool: {
          driver: {
            rules: [
              { id: 'expectation', shortDescription: { text: 'Steps end as the scenario says, in every order' } },
            ],
          },
        },
        results: [
          {
            ruleId: 'expectation',
            message: { text: expect.stringContaining(SAYS) as unknown },
            locations: [{ physicalLocation: { region: { startLine: LINE } } }],
          },
        ],
      },
    ])
  })

  test('JUnit, Chrome trace, and the file of the counterexample', async () => {
    await unmet
    expect(readFileSync(at('unmet-junit.xml'), 'utf8')).toContain(`<failure message="expectation (`)
    const { traceEvents } = read('unmet-trace.json')
    const names = (traceEvents as readonly { name: string }[]).map(({ name }) => name)
    expect(names.some((name) => name.startsWith(`NOT AS EXPECTED: ${SAYS}`))).toBe(true)
    expect(read('unmet-found.json').violation).toMatchObject({ invariant: 'expectation' })
  })

  test('barter replay comes to it', async () => {
    await unmet
    const { exit, out } = await barter('replay', at('unmet-found.json'))
    expect([exit, out.includes('NOT AS EXPECTED')]).toEqual([1, true])
  })

  test.each(['dpor', 'random'])('%s finds it too', async (strategy) => {
    const { exit, out } = await barter('explore', TOO_STRICT, '--strategy', strategy, '--json')
    expect(exit).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      violations: [{ invariant: 'expectation', message: expect.stringContaining(SAYS) as unknown }],
    })
  })
})

test.each([
  ['one that says nothing may end in any way', '', ''],
  ['a scenario may speak of the usual order only', '      expect: ok\n', '  - steps in the usual order only\n'],
])('%s', async (name, says, more) => {
  const file = scenario(name.replaceAll(' ', '-'), says, more)
  const { exit, out } = await barter('explore', file, '--strategy', 'random', '--schedules', '30', '--json')
  expect([exit, JSON.parse(out)]).toMatchObject([0, { violations: [] }])
})
