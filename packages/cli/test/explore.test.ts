/** `barter explore` and `barter replay`: exit codes, documents, files, and what they refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const GOOD = join(root, 'examples', 'scenarios', 'close-while-writing.yaml')
const BAD = join(root, 'examples', 'old-ways', 'type1-in-reset.yaml')
const scratch = mkdtempSync(join(tmpdir(), 'barter-explore-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const at = (name: string): string => join(scratch, name)

async function barter(args: readonly string[], piped?: string) {
  const terminal = recorded(root, 80, piped)
  const exit = await runCommandLine(args, terminal)
  return { exit, ...terminal.written }
}

const document = (text: string) => JSON.parse(text) as Readonly<Record<string, unknown>>

/** One search for all that it writes. */
const found = barter([
  ...['explore', BAD, '--json', '-o', at('found.json'), '--junit', at('junit.xml')],
  ...['--sarif', at('sarif.json'), '--trace', at('trace.json')],
])

async function firstFound() {
  const { violations } = document((await found).out)
  const [first] = violations as readonly Readonly<Record<string, unknown>>[]
  if (first === undefined) throw new Error('nothing was found')
  return first
}

const tokenFound = async (): Promise<string> => String((await firstFound()).token)

describe('barter explore', () => {
  test('nothing found within the bound: exit code 0, and the words say the bound', async () => {
    const { exit, out, err } = await barter(['explore', GOOD, '--preemptions', '0'])
    expect([exit, err]).toEqual([0, ''])
    expect(out).toContain('no violation: bounded (0 preemptions)')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('nothing found, and a step that never comes off: what was not seen is told', async () => {
    const story = readFileSync(join(root, 'examples', 'scenarios', 'lend-a-bar.yaml'), 'utf8')
    const machine = join(root, 'examples', 'captures')
    writeFileSync(at('mistyped.yaml'), story.replace('../captures', machine).replace('driver: mlx5', 'driver: prime'))
    const { exit, out } = await barter(['explore', at('mistyped.yaml')])
    expect(exit).toBe(0)
    expect(out).toContain('never ended well, in 8 runs by chance: no order of what hangs on it was seen\n')
    expect(out).toMatch(/^ {2}vmm, line \d+: import buf, on nic, as mr: EOPNOTSUPP: nic may not attach/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const { inVain } = document((await barter(['explore', at('mistyped.yaml'), '--json'])).out)
    expect(inVain).toMatchObject([{ actor: 'vmm', step: 6, result: 'errno' }])
    expect(document((await barter(['explore', GOOD, '--preemptions', '0', '--json'])).out).inVain).toEqual([])
  })

  test('INV-1: found, exit code 1, with the fields that scripts read', async () => {
    const { exit, out } = await found
    expect(exit).toBe(1)
    const { schema, coverage, schedules, steps, seconds } = document(out)
    expect([schema, coverage]).toEqual(['barter.explore/1', 'sampled'])
    for (const number of [schedules, steps, seconds]) expect(number).toBeTypeOf('number')
    const first = await firstFound()
    expect([first.invariant, first.rule]).toEqual(['INV-1', 'REV-2'])
    const schedule = first.schedule as readonly number[]
    expect(schedule).toHaveLength(Number(first.length))
    expect(schedule.slice(1).filter((thread, i) => thread !== schedule[i])).toHaveLength(Number(first.switches))
    for (const party of first.parties as readonly unknown[]) {
      expect(party).toMatchObject({ who: expect.any(String) as unknown, what: expect.any(String) as unknown })
    }
  })

  test('stopped before the coverage that was asked for: exit code 3', async () => {
    const { exit, out } = await barter(['explore', GOOD, '--schedules', '3', '--json'])
    expect(exit).toBe(3)
    expect(document(out)).toMatchObject({ coverage: 'sampled', stopped: true, schedules: 3 })
  })

  test('as many samples as were asked for: exit code 0', async () => {
    const { exit, out } = await barter(['explore', GOOD, '--strategy', 'random', '--schedules', '20', '--seed', '7'])
    expect(exit).toBe(0)
    expect(out).toContain('sampled (seed 7, 20 schedules)')
  })

  test.each([
    [['--strategy', 'fast'], 'OPTION_INVALID', 'states, dpor, dfs, random, pct'],
    [['--preemptions', '-1'], 'OPTION_INVALID', '--preemptions'],
    [['--schedules', 'many'], 'OPTION_INVALID', '--schedules'],
    [['--time', '5 days'], 'OPTION_INVALID', '--time'],
    [['--seed', '1.5'], 'OPTION_INVALID', '--seed'],
    [['--strategy', 'dpor', '--preemptions', '1'], 'EXPLORE_BOUND', 'dpor'],
    [['--plugin', 'no-such-plugin'], 'PLUGIN_UNKNOWN', 'no-such-plugin'],
    [['-o', '.'], 'OUTPUT_FAILED', 'folder'],
  ])('%j is refused', async (options, code, words) => {
    const { exit, out, err } = await barter(['explore', GOOD, ...options])
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain(code)
    expect(err).toContain(words)
  })

  test('files that are there are not written over', async () => {
    await found
    const { exit, err } = await barter(['explore', BAD, '-o', at('found.json')])
    expect(exit).toBe(2)
    expect(err).toContain('OUTPUT_EXISTS')
  })
})

describe('barter replay', () => {
  test('the file of a counterexample runs to its violation', async () => {
    await found
    const { exit, out } = await barter(['replay', at('found.json'), '--json'])
    expect(exit).toBe(1)
    const { violations } = document(out) as { violations: readonly { invariant: string }[] }
    expect(violations.map(({ invariant }) => invariant)).toContain('INV-1')
  })

  test('its token does, with the scenario', async () => {
    const { exit, out } = await barter(['replay', await tokenFound(), BAD])
    expect(exit).toBe(1)
    expect(out).toContain('INV-1')
  })

  test('--step tells a line for each Enter, and the rest after q', async () => {
    const token = await tokenFound()
    const whole = await barter(['replay', token, BAD, '--verbose'])
    const stepped = await barter(['replay', token, BAD, '--step'], '\n\n\nq\n')
    expect([stepped.exit, stepped.out]).toEqual([1, whole.out])
    expect(stepped.err).toContain('Enter')
    const ended = await barter(['replay', token, BAD, '--step'], '\n')
    expect(ended.out).toBe(whole.out)
  })

  test('one that lost its end cannot tell: what would have come is not known', async () => {
    const token = await tokenFound()
    const { exit, out } = await barter(['replay', token.slice(0, token.lastIndexOf('-')), BAD])
    expect([exit, out.includes('CANNOT TELL')]).toEqual([3, true])
  })

  test('--step without anybody is refused', async () => {
    const { exit, err } = await barter(['replay', await tokenFound(), BAD, '--step'])
    expect(exit).toBe(2)
    expect(err).toContain('--step')
  })

  test('a token without its scenario, of another one, of another version, and no token at all', async () => {
    const token = await tokenFound()
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { exit, out, err } = await barter(['replay', ...args])
      expect([exit, out]).toEqual([2, ''])
      return err
    }
    expect(await refused(token)).toContain('needs the scenario')
    expect(await refused('found.json')).toContain('found.json is no counterexample: there is no such file')
    expect(await refused('.')).toContain('. is no counterexample: it is a folder')
    expect(await refused(token, GOOD)).toContain('TOKEN_FOREIGN')
    expect(await refused(token, BAD, '--switches', 'none', '--set', 'exporter-vfio-pci.probeMemory=true')).toMatch(
      /TOKEN_FOREIGN|OPTION/,
    )
    expect(await refused(token, BAD, '--set', 'exporter-vfio-pci.noiommu=false')).toContain('TOKEN_FOREIGN')
    expect(await refused(token.replace(/^barter\d+/, 'barter999'), BAD)).toContain('TOKEN_VERSION')
    expect(await refused('garbage', BAD)).toContain('TOKEN_INVALID')
    expect(await refused(`${token}-!`, BAD)).toContain('TOKEN_INVALID')
  })

  test('a token whose schedule nobody can follow', async () => {
    const token = await tokenFound()
    const { exit, err } = await barter(['replay', `${token.split('.').slice(0, 2).join('.')}.z`, BAD])
    expect(exit).toBe(2)
    expect(err).toContain('TOKEN_BROKEN')
    expect(err).toMatch(/step 1: thread 35 cannot take the step: it\s+is not made/)
  })

  test.each([
    ['no-json.json', 'not json', 'COUNTEREXAMPLE_BROKEN'],
    ['list.json', '[]', 'COUNTEREXAMPLE_BROKEN'],
    ['schema.json', '{"schema":"barter.counterexample/9"}', 'barter.counterexample/9'],
    ['half.json', '{"schema":"barter.counterexample/1","scenario":"x"}', 'COUNTEREXAMPLE_BROKEN'],
  ])('%s is refused', async (name, text, words) => {
    writeFileSync(at(name), text)
    const { exit, err } = await barter(['replay', at(name)])
    expect(exit).toBe(2)
    expect(err).toContain(words)
  })
})

describe('reports of barter explore', () => {
  test('JUnit: well-formed, a case with one failure for each violation', async () => {
    const { out } = await found
    const xml = readFileSync(at('junit.xml'), 'utf8')
    const open: string[] = []
    for (const [, close, name = '', selfClosed] of xml.matchAll(/<(\/?)([a-z]+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name)
      else if (selfClosed !== '/') open.push(name)
    }
    expect(open).toEqual([])
    // Nothing that looks like a tag was passed over.
    expect(xml.match(/</g)?.length).toBe(1 + [...xml.matchAll(/<\/?[a-z]+(?:\s+[\w-]+="[^"<]*")*\s*\/?>/g)].length)
    const { violations } = document(out) as { violations: readonly { invariant: string; rule: string }[] }
    const cases = violations.map(({ invariant, rule }) => `<testcase name="${invariant} (${rule})"`)
    expect(xml.match(/<failure /g)).toHaveLength(violations.length)
    expect(xml.match(/<testcase name="[^"]+"/g)).toEqual(cases)
    const totals = ` tests="${violations.length}" failures="${violations.length}" errors="0" `
    expect(xml.split(totals)).toHaveLength(3)
    expect(xml).toContain('type="INV-1"')
  })

  test('SARIF 2.1.0: the result points at the step of the scenario', async () => {
    await found
    const log = document(readFileSync(at('sarif.json'), 'utf8'))
    expect(log.version).toBe('2.1.0')
    expect(log.$schema).toMatch(/sarif.*2\.1\.0/)
    interface Place {
      physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } }
    }
    interface Run {
      tool: { driver: { name: string; rules: readonly { id: string }[] } }
      results: readonly {
        ruleId: string
        ruleIndex: number
        level: string
        message: { text: string }
        locations: readonly Place[]
        relatedLocations: readonly (Place & { id: number })[]
      }[]
    }
    const [run] = log.runs as readonly Run[]
    const [result] = run?.results ?? []
    expect(run?.tool.driver.name).toBe('barter')
    expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe(result?.ruleId)
    expect([result?.level, result?.ruleId]).toEqual(['error', 'INV-1'])
    expect(result?.message.text).not.toBe('')
    const [place] = result?.locations ?? []
    const lines = readFileSync(BAD, 'utf8').split('\n')
    expect(lines[(place?.physicalLocation.region.startLine ?? 0) - 1]).toContain('write: entry')
    for (const one of [...(result?.locations ?? []), ...(result?.relatedLocations ?? [])]) {
      expect(one.physicalLocation.artifactLocation.uri).toMatch(/^[\w./:%-]+type1-in-reset\.yaml$/)
      expect(one.physicalLocation.region.startLine).toBeGreaterThan(0)
    }
  })

  test('Chrome trace: each flow begins, goes on and ends in order, on slices that are there', async () => {
    await found
    const { traceEvents } = document(readFileSync(at('trace.json'), 'utf8')) as {
      traceEvents: readonly { ph: string; id?: number; ts?: number; dur?: number; tid: number; pid: number }[]
    }
    const flows = new Map<number, { ph: string; ts: number }[]>()
    for (const { ph, id, ts = -1, dur, tid, pid } of traceEvents) {
      if (ph === 'X') expect(dur).toBeGreaterThan(0)
      if (ph !== 'M') expect(ts).toBeGreaterThanOrEqual(0)
      if (!'stf'.includes(ph)) continue
      flows.set(id ?? -1, [...(flows.get(id ?? -1) ?? []), { ph, ts }])
      const under = traceEvents.some(
        (one) => one.ph === 'X' && one.tid === tid && one.pid === pid && one.ts === ts && (one.dur ?? 0) > 0,
      )
      expect(under).toBe(true)
    }
    expect(flows.size).toBeGreaterThan(0)
    expect(flows.has(-1)).toBe(false)
    for (const flow of flows.values()) {
      expect(flow.map(({ ph }) => ph).join('')).toMatch(/^st*[tf]$/)
      expect(flow.map(({ ts }) => ts)).toEqual(flow.map(({ ts }) => ts).sort((a, b) => a - b))
    }
  })
})
