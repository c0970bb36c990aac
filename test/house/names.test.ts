import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkNames, committed } from '../../scripts/check-names.js'
import { root } from '../../scripts/set-up.js'

const made: string[] = []
afterEach(() => made.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

/** What is said of a file with this text in it. */
function said(text: string, path = 'docs/page.md'): string[] {
  const at = mkdtempSync(join(tmpdir(), 'barter-names-'))
  made.push(at)
  mkdirSync(dirname(join(at, path)), { recursive: true })
  writeFileSync(join(at, path), text)
  return checkNames(at, [path]) as string[]
}

test('no committed file names a path of one machine, a package registry or how it was written', () => {
  const paths = committed(root)
  expect(paths).toContain('scripts/check-names.js')
  expect(checkNames(root, paths)).toEqual([])
})

test.each([
  ['cd /tmp/scratch && ls', 'a path of one machine: /tmp/scratch && ls'],
  ["const data = '/work/data'", "a path of one machine: /work/data'"],
  ['(file:///home/ann/barter)', 'a path of one machine: /home/ann/barter)'],
  ['in `/root`', 'a path of one machine: /root`'],
  ['/Users/ann', 'a path of one machine: /Users/ann'],
  ['C:\\Users\\ann', 'a path of one machine: C:\\Users\\ann'],
  ['"resolved": "https://example.com/a.tgz"', 'a host for a locked package: "resolved": "https://example.com/a.tgz"'],
  [
    'source = "registry+https://example.com/i"',
    'a host for a locked package: source = "registry+https://example.com/i"',
  ],
  ['from https://registry.example.com/a', 'a package registry: ://registry.example.com/a'],
  ['https://www.npmjs.com/package/a', 'a package registry: ://www.npmjs.com/package/a'],
  ['@ann:registry = here', 'a package registry: @ann:registry = here'],
  ['Co-authored-by: Ann', 'how it was written: Co-authored-by: Ann'],
  ['a subagent did this', 'how it was written: subagent did this'],
])('%s is reported', (line, problem) => {
  expect(said(`fine\n${line}\n`)).toEqual([`docs/page.md:2: it names ${problem}`])
})

test.each([
  '/sys/bus/pci/devices, /proc/iomem, /dev/vfio/vfio and /etc/modprobe.d',
  "import type { Worker } from './worker.ts'",
  'packages/work/home, $HOME/work, ${dir}/tmp and ~/root',
  'P2P/root-port, a/root complex',
  '<home></home>',
  "mkdtempSync(join(tmpdir(), 'barter-'))",
  '"resolved": "packages/core"',
  '"url": "https://github.com/sponsors/somebody"',
  'omit-lockfile-registry-resolved=true',
])('%s is let be', (line) => {
  expect(said(line)).toEqual([])
})

test('a copy that is no repository is looked at without what was made there', () => {
  const at = mkdtempSync(join(tmpdir(), 'barter-names-'))
  made.push(at)
  for (const path of ['README.md', 'packages/a/src/a.ts', 'packages/a/dist/a.js', 'node_modules/b/b.js', 'npm.log']) {
    mkdirSync(dirname(join(at, path)), { recursive: true })
    writeFileSync(join(at, path), '')
  }
  const paths: readonly string[] = committed(at)
  expect(new Set(paths)).toEqual(new Set(['README.md', 'packages/a/src/a.ts']))
})

test('an archive is no text', () => {
  expect(said('\0/tmp/scratch', 'examples/captures/a.tar.gz')).toEqual([])
})
