/** The packages as npm would publish them, installed in an empty folder, with a plugin that is not ours. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type * as Cli from '@barter/cli'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MISTAKES, withMistake } from './mistakes.ts'

const root = join(import.meta.dirname, '../..')
const here = mkdtempSync(join(tmpdir(), 'barter-outside-'))
const modules = join(here, 'node_modules')

interface Manifest {
  readonly name: string
  readonly private?: boolean
}

const rooms = ['packages', 'plugins']
  .flatMap((kind) => readdirSync(join(root, kind)).map((room) => join(root, kind, room)))
  .filter((room) => (JSON.parse(readFileSync(join(room, 'package.json'), 'utf8')) as Manifest).private !== true)

beforeAll(() => {
  const packs = join(here, 'packs')
  mkdirSync(packs)
  must('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', packs, ...rooms], root)
  for (const file of readdirSync(packs)) {
    const name = file.replace(/^barter-(.*)-\d+\.\d+\.\d+.*\.tgz$/, '$1')
    const to = join(modules, '@barter', name)
    mkdirSync(to, { recursive: true })
    must('tar', ['-xzf', join(packs, file), '--strip-components=1', '-C', to], here)
  }
  // What packing writes into the package; scripts are left out above, so that they do not touch the repository.
  must('node', [join(root, 'scripts/write-rules.js'), join(modules, '@barter/cli/rules.json')], root)
  must('node', [join(root, 'packages/cli/scripts/copy-examples.js'), join(modules, '@barter/cli/examples')], root)
  linkOthers()
  writePlugin()
  cpSync(join(import.meta.dirname, 'fpga.yaml'), join(here, 'fpga.yaml'))
}, 120_000)

afterAll(() => {
  rmSync(here, { recursive: true, force: true })
})

/** What is not ours comes from the installation of the repository: that it can be had from a registry is not our test. */
function linkOthers(): void {
  link(join(root, 'node_modules'), modules)
  for (const room of rooms) link(join(room, 'node_modules'), join(modules, '@barter', basename(room), 'node_modules'))
}

function link(from: string, to: string): void {
  if (!existsSync(from)) return
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from)) {
    if (entry.startsWith('.') || entry === '@barter' || existsSync(join(to, entry))) continue
    symlinkSync(join(from, entry), join(to, entry))
  }
}

function writePlugin(): void {
  const to = join(modules, 'barter-importer-fpga')
  mkdirSync(to, { recursive: true })
  writeFileSync(
    join(to, 'package.json'),
    JSON.stringify({ name: 'barter-importer-fpga', version: '1.0.0', type: 'module', exports: './index.js' }),
  )
  cpSync(join(import.meta.dirname, 'fpga-plugin.js'), join(to, 'index.js'))
}

function must(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

/** The command as it is installed, in a process of its own. */
function started(...args: string[]) {
  const bin = join(modules, '@barter/cli/bin/barter.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: here, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** The same code in this process: to start it takes longer than most of what it is asked. */
async function barter(...args: string[]) {
  const { runCommandLine, styleText } = (await import(join(modules, '@barter/cli/dist/index.js'))) as typeof Cli
  const said = { stdout: '', stderr: '' }
  const status = await runCommandLine(args, {
    out: (text) => void (said.stdout += text),
    err: (text) => void (said.stderr += text),
    columns: 80,
    style: styleText(false),
    watched: false,
    cwd: here,
    now: () => 0,
  })
  return { status, ...said }
}

describe('packed and installed in an empty folder', { timeout: 60_000 }, () => {
  test('nothing of the repository is reached: every package of ours lies in the folder itself', () => {
    expect(readdirSync(join(modules, '@barter')).sort()).toEqual(rooms.map((room) => basename(room)).sort())
  })

  test('barter --help fits a screen and ends well', () => {
    const { status, stdout } = started('--help')
    expect(status).toBe(0)
    expect(stdout.split('\n').length).toBeLessThan(40)
  })

  test('the rules come along', async () => {
    const { status, stdout } = await barter('explain', 'HB-1')
    expect(status).toBe(0)
    expect(stdout).toContain('  part      1.5 Host bridges\n')
  })

  test('the examples come along: they are listed, and run by name', async () => {
    const { status, stdout } = await barter('run', '--list')
    expect([status, stdout.includes('  lend-a-bar ')]).toEqual([0, true])
    const ran = await barter('run', 'provider-bypass')
    expect([ran.status, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain('PASS')
  })

  test('a scenario runs with an importer from a package that is not ours', async () => {
    const { status, stdout, stderr } = started('run', 'fpga.yaml', '--json')
    expect((await barter('run', 'fpga.yaml', '--json')).stdout, 'the same seed prints the same bytes').toBe(stdout)
    expect(stderr).toBe('')
    const report = JSON.parse(stdout) as { verdict: string; outcomes: { text: string; result: { kind: string } }[] }
    expect([status, report.verdict]).toEqual([0, 'pass'])
    expect(report.outcomes.filter(({ text }) => text.startsWith('write')).map(({ result }) => result.kind)).toEqual([
      'ok',
      'error',
      'ok',
    ])
  })

  test('a plugin that is not installed is named, with where it was looked for', async () => {
    writeFileSync(
      join(here, 'missing.yaml'),
      readFileSync(join(here, 'fpga.yaml'), 'utf8').replace('barter-importer-fpga', 'barter-importer-gone'),
    )
    const { status, stderr } = await barter('run', 'missing.yaml')
    expect(status).toBe(2)
    expect(stderr).toContain('barter-importer-gone')
    expect(stderr).not.toContain('    at ')
  })
})

/** Of the JSON reporter of vitest. */
interface TestsReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

describe('a plugin that barter new wrote', () => {
  const project = join(here, 'barter-importer-lathe')
  const run = (command: string, ...args: string[]) => {
    const env = { ...process.env, PATH: `${join(project, 'node_modules/.bin')}:${process.env.PATH ?? ''}` }
    return spawnSync(command, args, { cwd: project, encoding: 'utf8', env })
  }

  beforeAll(async () => {
    expect((await barter('new', 'importer', 'lathe')).status).toBe(0)
    // What npm install would make of its package.json, from what is installed above.
    const bin = join(project, 'node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    for (const name of ['vitest', 'tsc']) symlinkSync(join(root, 'node_modules/.bin', name), join(bin, name))
    symlinkSync(join(modules, '@barter/cli/bin/barter.js'), join(bin, 'barter'))
  })

  test('its types are right, against the types that are published', () => {
    const { status, stdout } = run('npm', 'run', '--silent', 'build')
    expect([status, stdout]).toEqual([0, ''])
  }, 60_000)

  test('it passes the conformance kit as it is', () => {
    const { status, stdout } = run('npm', 'test', '--silent', '--', '--reporter=json')
    const results = testsOf(stdout)
    expect([status, results.filter((one) => one.status !== 'passed')]).toEqual([0, []])
    expect(results.length).toBeGreaterThan(40)
  }, 60_000)

  test('its scenario runs with what was built, and is explored', async () => {
    const scenario = 'barter-importer-lathe/scenarios/revoke-while-writing.yaml'
    const { status, stdout, stderr } = await barter('run', scenario)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('lathe')
    expect((await barter('explore', scenario, '--preemptions', '0')).stdout).toContain(
      'no violation: bounded (0 preemptions)',
    )
  })

  test('each of three mistakes in it is found, and named by its rule', () => {
    const source = readFileSync(join(project, 'src/index.ts'), 'utf8')
    for (const mistake of MISTAKES) {
      const broken = join(here, 'broken', mistake.name)
      cpSync(join(project, 'src'), join(broken, 'src'), { recursive: true })
      cpSync(join(project, 'test'), join(broken, 'test'), { recursive: true })
      writeFileSync(join(broken, 'src/index.ts'), withMistake(source, mistake))
    }
    const named = MISTAKES.map(({ chapter, rule }) => `${chapter} ${rule}: `).join('|')
    const { stdout } = run('vitest', 'run', '--root', join(here, 'broken'), '-t', named, '--reporter=json')
    const { testResults } = JSON.parse(stdout) as TestsReport
    for (const { name, chapter, rule, says } of MISTAKES) {
      const file = testResults.find((one) => one.name.includes(`/${name}/`))
      const failed = file?.assertionResults.filter((one) => one.status === 'failed') ?? []
      const found = failed.find((one) => one.ancestorTitles.includes(chapter) && one.title.startsWith(`${rule}: `))
      const said = found?.failureMessages.join(' ').replaceAll(/\s+/g, ' ')
      expect(said, `${name}: ${failed.map(({ title }) => title).join('; ')}`).toMatch(says)
    }
  }, 60_000)
})

/** Their kits are run where they lie, in packages/cli; here it is what was packed that matters. */
describe.each([
  ['exporter', 'lathe-bed', 'taken-back'],
  ['platform', 'lathe-mmu', 'written-through'],
])('what barter new wrote of kind %s', (kind, name, story) => {
  const project = join(here, `barter-${kind}-${name}`)

  test('its types are right, and its scenario runs with what was built, and is explored', async () => {
    expect((await barter('new', kind, name)).status).toBe(0)
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { status, stdout } = spawnSync(tsc, [], { cwd: project, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
    const scenario = join(project, `scenarios/${story}.yaml`)
    const ran = await barter('run', scenario)
    expect([ran.status, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain(name)
    expect((await barter('explore', scenario, '--preemptions', '0')).stdout).toContain(
      'no violation: bounded (0 preemptions)',
    )
  }, 60_000)
})

function testsOf(stdout: string) {
  const { testResults } = JSON.parse(stdout) as TestsReport
  return testResults.flatMap(({ assertionResults }) => assertionResults)
}
