/** Rules in plain words, as people see them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/explain.ts'
import { runCommandLine } from '../src/command-line.ts'
import { readRuleBook } from '../src/rules/rule-book.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-explain-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function explain(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(scratch)
  const exit = await runCommandLine(['explain', ...args], terminal)
  return { exit, ...terminal.written }
}

describe('barter explain', () => {
  test('says what a rule says, where it comes from, and which files name it', async () => {
    const { exit, out } = await explain('hb-1')
    expect(exit).toBe(0)
    const head = out.split('\n').slice(0, 9).join('\n')
    expect(head).toBe(`HB-1
  On x86 with an AMD processor of family 0x17 or later every host bridge is
  trusted for P2P; Hygon and other architectures are not covered.

  part      1.5 Host bridges
  from      read in the source of Linux 7.3.4
  kernel    cpu_supports_p2pdma
  state     modelled: code names it, and so does a test
  code      packages/core/src/host-bridge.ts`)
    expect(out).toContain('\n  tests     packages/core/test/host-bridge.test.ts\n')
  })

  test('finds a switch by its name in words, and prints JSON', async () => {
    const { out } = await explain('SW-LINK-OFFSET0', 'P2P-21', '--json')
    const { schema, rules } = JSON.parse(out) as { schema: string; rules: { id: string }[] }
    expect([schema, ...rules.map(({ id }) => id)]).toEqual(['barter.rules/1', 'SW-3', 'P2P-21'])
  })

  test('lists a family, each rule on one line of the screen', async () => {
    const { out } = await explain('HB')
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(['HB-1', 'HB-2', 'HB-3', 'HB-4', 'HB-5'])
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test.each([
    [`HB-${90}`, 'near it are HB-5, HB-4, HB-3, HB-2'],
    ['nonsense', 'the families of rules are ACS,'],
  ])('%s is no rule: exit code 2, and what is near', async (word, hint) => {
    const { exit, out, err } = await explain(word)
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toContain('error RULE_UNKNOWN')
    expect(err).toContain(hint)
  })

  test('what is packed with the command is what the repository says', async () => {
    const file = join(scratch, 'rules.json')
    execFileSync(process.execPath, [join(import.meta.dirname, '../../../scripts/write-rules.js'), file])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(await readRuleBook())
  })
})
