/** The guided tour: folders, tour.yaml, README.md and `barter run --list` say the same, and each aim of the series is shown. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadCatalogue } from '../../scripts/rules/catalogue.js'
import { root } from './barter.ts'
import { called } from './called.ts'

const folder = join(root, 'examples')
const scratch = mkdtempSync(join(tmpdir(), 'barter-tour-'))
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

interface WrittenChapter {
  readonly title: string
  readonly scenarios: readonly string[]
}
const { rules } = loadCatalogue(root) as { readonly rules: ReadonlyMap<string, unknown> }
const tour = parse(readFileSync(join(folder, 'tour.yaml'), 'utf8')) as readonly WrittenChapter[]
const files = tour.flatMap(({ scenarios }) => scenarios)
const nameOf = (file: string): string => basename(file, '.yaml')

interface Story {
  readonly title: string
  readonly about?: string
  readonly shows?: readonly string[]
}
const stories = new Map(files.map((file) => [file, parse(readFileSync(join(folder, file), 'utf8')) as Story]))

const barter = (...args: readonly string[]) => called(args, scratch)

describe('the tour', () => {
  test('has every scenario of the folders once, and no other', () => {
    const there = readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isDirectory())
      .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`))
      .filter((file) => file.endsWith('.yaml'))
    expect([...files].sort()).toEqual(there.sort())
  })

  test('is told in README.md in the same order, with the command to type and a line for each', () => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8')
    const rows = [...page.matchAll(/^\| \[`npx barter run ([\w.-]+)`\]\(([\w./-]+)\) +\| (\S.*\S) +\|$/gm)]
    expect(rows.map(([, name, file]) => [name, file])).toEqual(files.map((file) => [nameOf(file), file]))
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    expect(headings).toEqual([...tour.map(({ title }) => title), 'Further'])
    for (const [, , text] of rows) expect(text?.length ?? 0).toBeGreaterThan(20)
  })

  test('has names that no file of another folder has, so that they are enough', () => {
    expect(new Set(files.map(nameOf)).size).toBe(files.length)
  })

  test.each(files)('%s has a title of one line, a reason, and rules that exist', (file) => {
    const { title, about = '', shows = [] } = stories.get(file) ?? expect.fail(file)
    expect(title.length).toBeLessThanOrEqual(50)
    expect(about.length).toBeGreaterThan(100)
    expect(shows.length).toBeGreaterThan(0)
    expect(shows.filter((id) => !rules.has(id))).toEqual([])
    expect(readFileSync(join(folder, file), 'utf8').split('\n').length).toBeLessThanOrEqual(100)
  })
})

describe('SEED-1..21', () => {
  const seeds = [...rules.keys()].filter((id) => id.startsWith('SEED-'))

  test('there are 21', () => {
    expect(seeds).toHaveLength(21)
  })

  test.each(seeds)('%s is shown by a scenario', (id) => {
    expect([...stories.values()].some(({ shows = [] }) => shows.includes(id))).toBe(true)
  })
})

describe('barter run --list', () => {
  test('has a line for each, in the order of the tour, on 80 columns', async () => {
    const { exit, out, err } = await barter('run', '--list')
    expect([exit, err]).toEqual([0, ''])
    const lines = out.split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    const rows = lines.filter((line) => line.startsWith('  ')).map((line) => line.trim().split(/ {2,}/))
    expect(rows).toEqual(files.map((file) => [nameOf(file), stories.get(file)?.title]))
    for (const { title } of tour) expect(lines).toContain(title)
  })

  test('--json has what each is about and shows', async () => {
    const { out } = await barter('run', '--list', '--json')
    const { schema, examples } = JSON.parse(out) as { schema: string; examples: Record<string, unknown>[] }
    expect(schema).toBe('barter.examples/1')
    expect(examples.map(({ file }) => file)).toEqual(files)
    expect(examples[0]).toEqual({
      chapter: 'Lending a BAR',
      name: 'lend-a-bar',
      file: 'scenarios/lend-a-bar.yaml',
      title: 'a BAR is lent as a file descriptor',
      about: stories.get('scenarios/lend-a-bar.yaml')?.about?.trim(),
      shows: ['SEED-1', 'SEED-2'],
    })
  })

  test('with a word it has those that have it: a rule, a part of a name, a word of the story', async () => {
    const names = async (word: string) =>
      (
        JSON.parse((await barter('run', '--list', word, '--json')).out) as { examples: { name: string }[] }
      ).examples.map(({ name }) => name)
    expect(await names('seed-9')).toEqual(
      files.filter((file) => stories.get(file)?.shows?.includes('SEED-9')).map(nameOf),
    )
    expect(await names('doorbell')).toEqual(['nic-lends-its-doorbell'])
    expect(await names('REV-7')).toContain('stuck-importer')
  })

  test('a word that none has is an error with a hint', async () => {
    const { exit, out, err } = await barter('run', '--list', 'nothing-of-that-kind')
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain('error EXAMPLE_UNKNOWN')
    expect(err).toContain('barter run --list')
  })
})

describe('barter run NAME', () => {
  test('runs an example by its name, or by folder and name, from anywhere', async () => {
    for (const name of ['export-while-disabled', 'scenarios/export-while-disabled']) {
      const { exit, out } = await barter('run', name)
      expect([name, exit]).toEqual([name, 0])
      expect(out).toContain('an export while memory is off is born revoked')
    }
  })

  test('a file of that name comes first', async () => {
    const name = 'export-while-disabled'
    symlinkSync(folder, join(scratch, name))
    const { exit, err } = await barter('run', name)
    rmSync(join(scratch, name))
    expect([exit, err.split('\n')[0]]).toEqual([2, 'error SCENARIO_UNREADABLE'])
  })

  test('a name that is nearly one is an error that says which', async () => {
    const { exit, err } = await barter('run', 'lend-a-bat')
    expect([exit, err.includes('SCENARIO_MISSING'), err.includes('lend-a-bar?')]).toEqual([2, true, true])
  })

  test('without a scenario it is an error of usage', async () => {
    const { exit, err } = await barter('run')
    expect([exit, err.includes("missing argument 'scenario'")]).toEqual([2, true])
  })
})

test('what packing copies into the command has the tour and all that its scenarios need', () => {
  const to = join(scratch, 'packed')
  // The script is plain Node and works on the folder it is given.
  const copied = copyExamples(to)
  expect(copied).toBe(0)
  for (const file of files) expect(existsSync(join(to, file))).toBe(true)
  expect(existsSync(join(to, 'tour.yaml'))).toBe(true)
  expect(existsSync(join(to, 'recordings'))).toBe(false)
})

function copyExamples(to: string): number | null {
  return spawnSync(process.execPath, [join(root, 'packages/cli/scripts/copy-examples.js'), to]).status
}
