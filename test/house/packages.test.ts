import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkPackages } from '../../scripts/check-packages.js'
import { root } from '../../scripts/set-up.js'

const made: string[] = []
afterEach(() => made.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

interface Manifest {
  version: string
  exports: { '.': object }
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** The house with core, sim, inspect and one plugin in it, where `edit` has changed the package.json of one of them. */
function houseWith(dir: string, edit: (pkg: Manifest) => void): string {
  const at = mkdtempSync(join(tmpdir(), 'barter-packages-'))
  made.push(at)
  const rooms = ['packages/core', 'packages/sim', 'packages/inspect', 'plugins/importer-rdma', 'plugins/platform-acs']
  for (const room of rooms) {
    mkdirSync(join(at, dirname(room)), { recursive: true })
    for (const file of ['package.json', 'tsconfig.json', 'README.md', 'LICENSE']) {
      cpSync(join(root, room, file), join(at, room, file))
    }
  }
  cpSync(join(root, 'lerna.json'), join(at, 'lerna.json'))
  writeFileSync(join(at, 'tsconfig.build.json'), JSON.stringify({ references: rooms.map((path) => ({ path })) }))
  const file = join(at, dir, 'package.json')
  const pkg = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  edit(pkg)
  writeFileSync(file, JSON.stringify(pkg))
  return at
}

test('the packages as they stand agree with the table of rooms', () => {
  expect(checkPackages(root)).toEqual([])
})

test('an unchanged part of the house is let be', () => {
  expect(checkPackages(houseWith('packages/core', () => {}))).toEqual([])
})

test.each([
  ['packages/core', '@barter/sim', ['its src may not depend on @barter/sim', 'tsconfig.json lacks a reference to sim']],
  [
    'packages/inspect',
    '@barter/sim',
    ['its src may not depend on @barter/sim', 'tsconfig.json lacks a reference to sim'],
  ],
  [
    'plugins/importer-rdma',
    '@barter/platform-acs',
    ['its src may not depend on @barter/platform-acs', 'tsconfig.json lacks a reference to platform-acs'],
  ],
  ['plugins/importer-rdma', 'tsyringe', ['only core may depend on tsyringe']],
])('%s with a dependency on %s is reported', (dir, dependency, problems) => {
  const at = houseWith(dir, (pkg) => {
    pkg.dependencies = { ...pkg.dependencies, [dependency]: '^0.1.0' }
  })
  expect(checkPackages(at)).toEqual(problems.map((problem) => `${dir}: ${problem}`))
})

test('the tests of a plugin may use the simulator, and no other plugin', () => {
  const at = houseWith('plugins/importer-rdma', (pkg) => {
    pkg.devDependencies = { '@barter/core': '^0.1.0', '@barter/sim': '^0.1.0', '@barter/platform-acs': '^0.1.0' }
  })
  expect(checkPackages(at)).toEqual(['plugins/importer-rdma: its test may not depend on @barter/platform-acs'])
})

test('a version of its own and a front door without sources are reported', () => {
  const at = houseWith('packages/sim', (pkg) => {
    pkg.version = '0.2.0'
    pkg.exports = {
      '.': {
        types: './dist/index.d.ts',
        '@barter/unbundled': './dist/index.js',
        default: './dist/bundle/index.js',
      },
    }
  })
  expect(checkPackages(at)).toEqual([
    'packages/sim: the version is 0.2.0, not 0.1.0 as in lerna.json',
    'packages/sim: exports["."] does not begin with @barter/source',
    'packages/sim: exports["."]["@barter/source"] is not ./src/index.ts',
  ])
})
