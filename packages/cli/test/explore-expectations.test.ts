/** Steps that say how they end are held to it in every order: `barter explore` in every format, and `barter replay`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const scratch = mkdtempSync(join(tmpdir(), 'barter-expectations-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const at = (name: string): string => join(scratch, name)

async function barter(...args: readonly string[]) {
  const terminal = recorded(root)
  const exit = await runCommandLine(args, terminal)
  return { exit, ...terminal.written }
}

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

const found = barter(
  ...['explore', TOO_STRICT, '-o', at('found.json'), '--junit', at('junit.xml'), '--sarif', at('sarif.json')],
  ...['--trace', at('trace.json')],
)
const read = (name: string) => JSON.parse(readFileSync(at(name), 'utf8')) as Readonly<Record<string, unknown>>

describe('a step that does not end as it says in some order', () => {
  test('is found: what was said, what came, where, and exit code 1', async () => {
    const { exit, out, err } = await found
    expect([exit, err]).toEqual([1, ''])
    expect(out).toMatch(/^NOT AS EXPECTED \(VFIO-\d+\w?\) in \d+ steps with \d+ context switch/m)
    expect(out.replace(/\s+/g, ' ')).toContain(SAYS)
    expect(out).toMatch(/\| NOT AS EXPECTED$/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('SARIF: at the line of the step', async () => {
    await found
    expect(read('sarif.json').runs).toMatchObject([
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
    await found
    expect(readFileSync(at('junit.xml'), 'utf8')).toContain(`<failure message="expectation (`)
    const { traceEvents } = read('trace.json')
    const names = (traceEvents as readonly { name: string }[]).map(({ name }) => name)
    expect(names.some((name) => name.startsWith(`NOT AS EXPECTED: ${SAYS}`))).toBe(true)
    expect(read('found.json').violation).toMatchObject({ invariant: 'expectation' })
  })

  test('barter replay comes to it', async () => {
    await found
    const { exit, out } = await barter('replay', at('found.json'))
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
