/** `barter inspect DIR`: many machines, a row each, whatever some of them are. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/inspect.ts'
import '../src/commands/inspect/fleet.ts'
import { runCommandLine } from '../src/command-line.ts'
import { inOrder } from '../src/fleet/in-order.ts'
import { ShapeAnswers } from '../src/fleet/shape-answers.ts'
import { progressBar } from '../src/progress-bar.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-fleet-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const capture = (name: string): string => join(examples, `qemu-fabric-epyc-${name}.tar.gz`)

beforeAll(() => {
  cpSync(capture('iommu'), join(scratch, 'fleet/a.tar.gz'))
  cpSync(capture('iommu'), join(scratch, 'fleet/rack/b.tar.gz'))
  cpSync(capture('disable-acs-redir'), join(scratch, 'fleet/rack/c.tar.gz'))
  writeFileSync(join(scratch, 'fleet/rack/junk.txt'), 'nothing of a machine')
})

async function inspect(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(scratch)
  const exit = await runCommandLine(['inspect', ...args], terminal)
  return { exit, ...terminal.written }
}

describe('a folder of captures', () => {
  test('is a table with a row for each, also for what cannot be read, and a count of those that are alike', async () => {
    const { exit, out, err } = await inspect('fleet')
    expect([exit, err]).toEqual([3, ''])
    const lines = out.split('\n')
    expect(lines.slice(0, 6)).toEqual([
      'capture                              dev     B     H     e     x     ?  shape   ',
      expect.stringMatching(/^a\.tar\.gz {30}14     2   180     ·     ·     ·  [0-9a-f]{8}$/),
      expect.stringMatching(/^rack\/b\.tar\.gz {25}14     2   180     ·     ·     ·  [0-9a-f]{8}$/),
      expect.stringMatching(/^rack\/c\.tar\.gz {25}14    22   160     ·     ·     ·  [0-9a-f]{8}$/),
      'rack/junk.txt                        not read: CAPTURE_FORMAT',
      expect.stringMatching(/^ {4}it is /),
    ])
    expect(lines.slice(6, 10).join('\n')).toMatch(
      /^\n4 captures: 3 read, 1 not; 2 shapes\n {2}\w{8} {7}2 alike, as a\.tar\.gz\n$/,
    )
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('is JSON Lines with --json', async () => {
    const { out } = await inspect('fleet', '--json')
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows.map(({ file, read }) => [file, read])).toEqual([
      [join('fleet', 'a.tar.gz'), true],
      [join('fleet', 'rack', 'b.tar.gz'), true],
      [join('fleet', 'rack', 'c.tar.gz'), true],
      [join('fleet', 'rack', 'junk.txt'), false],
    ])
    expect(rows[2]).toMatchObject({
      schema: 'barter.fleet/1',
      devices: 14,
      answers: { B: 22, H: 160, e: 0, x: 0, '?': 0 },
    })
    expect(rows[3]).toMatchObject({ code: 'CAPTURE_FORMAT' })
  })

  test('is held against requirements', async () => {
    const { exit, out } = await inspect('fleet', '--require', '03:00.0,04:00.0=bus-addr')
    expect(exit).toBe(1)
    expect(
      out
        .split('\n')
        .slice(1, 4)
        .map((line) => line.slice(-4).trim()),
    ).toEqual(['NO', 'NO', 'yes'])
    expect(out).toContain('2 that do not meet what is required')
  })
})

test('files that are named are a fleet with --fleet', async () => {
  const { exit, out } = await inspect('--fleet', capture('iommu'), capture('noiommu'))
  expect(exit).toBe(0)
  expect(out).toContain('2 captures: 2 read, 0 not; 2 shapes')
})

test.each([
  [['fleet', '--pair', '03:00.0,04:00.0'], 'OPTION_INVALID'],
  [['fleet', '--format', 'svg'], 'OPTION_INVALID'],
  [['fleet', '--jobs', 'many'], 'OPTION_INVALID'],
  [['--fleet', 'nothing-here'], 'CAPTURE_MISSING'],
])('%j is refused: %s', async (args, code) => {
  const { exit, out, err } = await inspect(...args)
  expect([exit, out, err.split('\n')[0]]).toEqual([2, '', `error ${code}`])
})

test('results come in order, with no more than so many held', async () => {
  let open = 0
  let most = 0
  const results: number[] = []
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++open)
    for (let i = 0; i < (item * 7) % 5; i++) await Promise.resolve()
    open--
    return item
  }
  for await (const result of inOrder(
    Array.from({ length: 40 }, (_, i) => i),
    6,
    work,
  ))
    results.push(result)
  expect(results).toEqual(Array.from({ length: 40 }, (_, i) => i))
  expect(most).toBeLessThanOrEqual(6)
})

test('the answers of a shape are counted once; if that fails, by the next who waits', async () => {
  const counts = { B: 1, H: 2, e: 0, x: 0, '?': 0 }
  const shapes = new ShapeAnswers()
  expect(await shapes.ask('a')).toBeUndefined()
  const [second, third] = [shapes.ask('a'), shapes.ask('a')]
  shapes.settle('a', undefined)
  expect(await second).toBeUndefined()
  shapes.settle('a', counts)
  expect(await third).toEqual(counts)
  expect(await shapes.ask('a')).toEqual(counts)
})

test('a bar is drawn when somebody watches', () => {
  const terminal = { ...recorded(scratch), watched: true }
  const bar = progressBar(terminal, 'reading', 4)
  bar.show(2, ', 1 not read')
  bar.wipe()
  expect(terminal.written.err).toBe('\r\u001b[2Kreading [##############..............] 2 of 4, 1 not read\r\u001b[2K')
})
