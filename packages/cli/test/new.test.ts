/** `barter new`: what it writes, and what it refuses. That the project works is seen in test/outside. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCommandLine } from '../src/command-line.ts'
import { hasAll } from '../src/new-plugin/has-all.ts'
import { recorded } from './terminal.ts'

const made: string[] = []
afterEach(() => made.splice(0).forEach((dir) => rmSync(dir, { recursive: true, force: true })))

function emptyFolder(): string {
  const at = mkdtempSync(join(tmpdir(), 'barter-new-'))
  made.push(at)
  return at
}

async function barter(cwd: string, ...args: string[]) {
  const terminal = recorded(cwd)
  const exit = await runCommandLine(['new', ...args], terminal)
  return { exit, ...terminal.written }
}

describe('a name that the story uses for something else', () => {
  test.each([
    ['importer', 'revoke-while-writing', ['buf', 'nvme', 'region', 'rp', 'sw', 'vmm']],
    ['exporter', 'taken-back', ['buf', 'nic', 'region', 'rp', 'sw', 'owner']],
  ] as const)('%s: each thing has a name of its own', async (kind, story, names) => {
    const cwd = emptyFolder()
    for (const name of names) {
      expect((await barter(cwd, kind, name)).exit).toBe(0)
      const text = readFileSync(join(cwd, `barter-${kind}-${name}`, `scenarios/${story}.yaml`), 'utf8')
      const { devices } = parse(text) as { readonly devices: Readonly<Record<string, { readonly driver: string }>> }
      expect(Object.values(devices).map(({ driver }) => driver)).toContain(name)
      const things = [...text.matchAll(/(?:endpoint|rootPort|switch|as): ([\w-]+)/g)].map(([, thing]) => thing)
      expect(new Set(things).size).toBe(things.length)
    }
  })

  test.each([
    ['importer', 'vfio-pci'],
    ['exporter', 'mlx5'],
  ])('%s %s: the other side of the story has that name', async (kind, name) => {
    const { exit, err } = await barter(emptyFolder(), kind, name)
    expect([exit, err.includes('PLUGIN_NAME')]).toEqual([2, true])
  })
})

describe('barter new importer', () => {
  test('writes a project, and says what is next', async () => {
    const cwd = emptyFolder()
    const { exit, out, err } = await barter(cwd, 'importer', 'my-card')
    expect([exit, err]).toEqual([0, ''])
    // Whether something is installed above the folders of tests is not ours to say.
    expect(out.replace('  npm install\n', '')).toBe(`importer my-card is in barter-importer-my-card:
  .gitignore
  README.md
  package.json
  scenarios/revoke-while-writing.yaml  a story to run with it
  src/index.ts                         the plugin: begin here
  test/conformance.test.ts             one call of the conformance kit
  tsconfig.json

Next:
  cd barter-importer-my-card
  npm test
`)
    expect(readdirSync(cwd)).toEqual(['barter-importer-my-card'])
  })

  test('where all that it needs is installed above it, nothing is to be installed', () => {
    const cwd = emptyFolder()
    const files = [{ path: 'package.json', content: '{ "devDependencies": { "@nobody/has-this": "^1.0.0" } }' }]
    expect(hasAll(files, join(cwd, 'project'))).toBe(false)
    mkdirSync(join(cwd, 'node_modules/@nobody/has-this'), { recursive: true })
    writeFileSync(join(cwd, 'node_modules/@nobody/has-this/package.json'), '{}')
    expect(hasAll(files, join(cwd, 'project'))).toBe(true)
  })

  test('calls everything by the name that was given, in the shape that its place wants', async () => {
    const cwd = emptyFolder()
    await barter(cwd, 'importer', 'my-card', '--dir', 'here')
    const read = (path: string): string => readFileSync(join(cwd, 'here', path), 'utf8')
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'barter-importer-my-card' })
    expect(read('src/index.ts')).toContain("hooks.importer.for('my-card')")
    expect(read('src/index.ts')).toContain('class MyCardImport implements Import')
    expect(read('test/conformance.test.ts')).toContain("plugin: () => myCardImporter(), driver: 'my-card'")
    const all = ['README.md', 'src/index.ts', 'scenarios/revoke-while-writing.yaml', 'package.json'].map(read).join('')
    expect(all).not.toMatch(/sample/i)
  })

  test('an exporter is a project of the same kind', async () => {
    const cwd = emptyFolder()
    const { exit, err } = await barter(cwd, 'exporter', 'my-card')
    expect([exit, err]).toEqual([0, ''])
    const read = (path: string): string => readFileSync(join(cwd, 'barter-exporter-my-card', path), 'utf8')
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'barter-exporter-my-card' })
    expect(read('src/index.ts')).toContain("hooks.exporter.for('my-card')")
    expect(read('test/conformance.test.ts')).toContain('describeExporter({')
    const all = ['README.md', 'src/index.ts', 'src/lent-buffer.ts', 'scenarios/taken-back.yaml', 'package.json']
    expect(all.map(read).join('')).not.toMatch(/sample/i)
  })

  test('a platform is a project of the same kind', async () => {
    const cwd = emptyFolder()
    const { exit, err } = await barter(cwd, 'platform', 'my-iommu')
    expect([exit, err]).toEqual([0, ''])
    const read = (path: string): string => readFileSync(join(cwd, 'barter-platform-my-iommu', path), 'utf8')
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'barter-platform-my-iommu' })
    expect(read('test/conformance.test.ts')).toContain('describePlatform({ plugin: () => myIommuPlatform() })')
    const all = [
      'README.md',
      'src/index.ts',
      'src/translation-unit.ts',
      'scenarios/written-through.yaml',
      'package.json',
    ]
    expect(all.map(read).join('')).not.toMatch(/sample/i)
  })

  test('wants the packages of this house in its own version', async () => {
    const cwd = emptyFolder()
    await barter(cwd, 'importer', 'fpga')
    const text = readFileSync(join(cwd, 'barter-importer-fpga/package.json'), 'utf8')
    const own = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    const { version } = JSON.parse(own) as { version: string }
    const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> }
    expect(devDependencies['@barter/core']).toBe(`^${version}`)
  })

  test('with --json it says where everything is', async () => {
    const cwd = emptyFolder()
    const { out } = await barter(cwd, 'importer', 'fpga', '--json')
    expect(JSON.parse(out)).toMatchObject({
      schema: 'barter.new/1',
      kind: 'importer',
      name: 'fpga',
      folder: join(cwd, 'barter-importer-fpga'),
    })
  })

  test.each(['Fpga', '2d', 'my--card', 'my_card', '-x', '', '..', 'a/b', 'ü', 'x'.repeat(41)])(
    'refuses the name %j and writes nothing',
    async (name) => {
      const cwd = emptyFolder()
      const { exit, err } = await barter(cwd, 'importer', '--', name)
      expect([exit, readdirSync(cwd)]).toEqual([2, []])
      expect(err).toContain('PLUGIN_NAME')
    },
  )

  test('a name with the prefix of packages is told without it', async () => {
    const { exit, err } = await barter(emptyFolder(), 'importer', 'barter-importer-fpga')
    expect(exit).toBe(2)
    expect(err).toContain('leave the prefix out: fpga')
    expect((await barter(emptyFolder(), 'platform', 'platform-fpga')).err).toContain('leave the prefix out: fpga')
  })

  test.each([
    ['a folder', (at: string) => mkdirSync(at)],
    ['a file', (at: string) => writeFileSync(at, 'mine')],
  ])('%s that is there stays as it is', async (_, make) => {
    const cwd = emptyFolder()
    make(join(cwd, 'barter-importer-fpga'))
    const { exit, err } = await barter(cwd, 'importer', 'fpga')
    expect([exit, readdirSync(cwd)]).toEqual([2, ['barter-importer-fpga']])
    expect(err).toContain('FOLDER_EXISTS')
  })

  test('without the folder above nothing is made', async () => {
    const cwd = emptyFolder()
    const { exit, err } = await barter(cwd, 'importer', 'fpga', '--dir', 'gone/fpga')
    expect([exit, existsSync(join(cwd, 'gone'))]).toEqual([2, false])
    expect(err).toContain('make the folder first')
  })

  test('where nobody may write it says so', async () => {
    const { exit, err } = await barter(emptyFolder(), 'importer', 'fpga', '--dir', '/proc/fpga')
    expect(exit).toBe(2)
    expect(err).toContain('OUTPUT_FAILED')
  })

  test('a kind that there is not is answered with those that are', async () => {
    const { exit, err } = await barter(emptyFolder(), 'machine', 'fpga')
    expect(exit).toBe(2)
    expect(err).toContain('importer')
  })
})
