/** What an author is told of a plugin of his own, given by --plugin, as he reads it: in 80 columns, and to be gone on with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { called } from '../cli/called.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-told-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const scenario = join(scratch, 'without.yaml')
writeFileSync(
  scenario,
  readFileSync(join(import.meta.dirname, 'strangers.yaml'), 'utf8').replace('plugins:\n  - ./strangers.js\n', ''),
)
const PLUGIN = ['--plugin', join(import.meta.dirname, 'strangers.js')]

const told = new Map<string, Promise<string>>()

/** What is said of a driver that is one of `strangers.js`. */
function explored(how: string): Promise<string> {
  const said = told.get(how) ?? exploring(how)
  told.set(how, said)
  return said
}

/** The reports for machines of the same search. */
const reportOf = (how: string, kind: 'junit' | 'sarif'): string => join(scratch, `${how}.${kind}`)

async function exploring(how: string): Promise<string> {
  const { exit, out, err } = await called([
    'explore',
    scenario,
    ...PLUGIN,
    '--set',
    `strangers.how=${how}`,
    '--strategy',
    'dpor',
    '--junit',
    reportOf(how, 'junit'),
    '--sarif',
    reportOf(how, 'sarif'),
  ])
  expect([exit, err]).toEqual([1, ''])
  for (const line of out.split('\n')) {
    // Paths and tokens are there to be copied, and stay whole.
    const isWhole = [scratch, import.meta.dirname, 'barter1.'].some((word) => line.includes(word))
    if (!isWhole) expect(line.length).toBeLessThanOrEqual(80)
  }
  return out
}

test('the command that plays it again is whole: it can be copied into a shell', async () => {
  const out = await explored('worker with an old table')
  const [, command = ''] = /again: barter ((?:.*\\\n)*.*)/.exec(out) ?? []
  const words = command.replaceAll('\\\n', ' ').match(/'[^']*'|[^\s']+/g) ?? []
  const { exit, out: replayed } = await called(words.map((word) => word.replaceAll("'", '')))
  expect(exit).toBe(1)
  expect(replayed).toContain('VIOLATION of INV-21')
})

test('a rule that is the invariant itself, and who breaks it, are named once', async () => {
  expect(await explored('worker with an old table')).toMatch(
    /^VIOLATION of INV-21 in \d+ steps with \d+ context switches\n {2}worker\(card\): card unmaps a table of buf that it was not given\n\n/m,
  )
  expect(await explored('worker beside its engine')).toMatch(/^ {2}now: \S+ wrote 4096 bytes at 0x\w+$/m)
})

test('so they are in reports for machines', async () => {
  const how = 'worker with an old table'
  await explored(how)
  const message = 'worker(card): card unmaps a table of nvme.bar2#1 that it was not given'
  expect(readFileSync(reportOf(how, 'junit'), 'utf8')).toContain(`<failure message="INV-21: ${message}"`)
  expect(JSON.parse(readFileSync(reportOf(how, 'sarif'), 'utf8'))).toMatchObject({
    runs: [{ results: [{ message: { text: message } }] }],
  })
})

test('a search without an end is over at once, says who goes round, and what can be done; exit code 3', async () => {
  const args = ['explore', scenario, ...PLUGIN, '--set', 'strangers.how=poll']
  const { exit, out, err } = await called(args)
  expect(exit).toBe(3)
  expect(err).toBe(
    'to go on would not end it; --strategy random, or pct, gives up a schedule that\nis so long and tries others\n',
  )
  const said = out.replaceAll(/\s+/g, ' ')
  expect(said).toContain('no violation so far: sampled (stopped where a schedule does not end, 0 schedules)')
  expect(said).toContain('One of those does not end: user comes to "is it ready?" after 20000 steps.')
})

test('devices have the names that the scenario gives them', async () => {
  const out = await explored('worker beside its engine')
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(/card wrote 4096 bytes at 0x\w+, which is for nvme, dark because/)
  expect(out).toContain('before: vmm made nvme dark: memory decoding is off')
})
