// Set-up and the closing line, on a house with one empty package in it. `npm`, the compiler and vitest are
// stand-ins that leave behind what the real ones would.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../../scripts/set-up.js'
import { closingLine, skipSummary } from '../../scripts/test-report.js'

let at = ''
beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), 'barter-set-up-'))
  cpSync(join(root, 'scripts'), join(at, 'scripts'), { recursive: true })
  put('package.json', '{ "type": "module" }')
  put('package-lock.json', lock('1.0.0'))
  put('tsconfig.base.json', '{}')
  put('tsconfig.build.json', '{}')
  put('packages/core/package.json', '{}')
  put('packages/core/tsconfig.json', '{}')
  put('packages/core/src/index.ts', 'export {}')
  put(
    'scripts/build.js',
    `import { mkdirSync } from 'node:fs'
     mkdirSync('packages/core/dist/bundle', { recursive: true })`,
  )
  put('packages/cli/dist/bundle/main.js', `console.log('main ' + process.argv.slice(2).join(' '))`)
  put('bin/npm', `#!/bin/sh\nmkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json\n`, 0o755)
})
afterEach(() => rmSync(at, { recursive: true }))

const lock = (version: string) =>
  JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: 'x' } } })

function put(path: string, text: string, mode = 0o644) {
  mkdirSync(dirname(join(at, path)), { recursive: true })
  writeFileSync(join(at, path), text, { mode })
}

function start(...args: string[]) {
  const env = { ...process.env, PATH: `${join(at, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(at, 'scripts/start.js'), ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, lines: stdout.split('\n').slice(0, -1), stderr }
}

test('the first start installs, builds and shows the demonstration', () => {
  expect(start()).toEqual({ status: 0, lines: ['set-up: npm ci', 'set-up: build', 'main demo'], stderr: '' })
})

test('the second start goes straight to the demonstration, with what was asked', () => {
  start()
  expect(start('--seed', '3').lines).toEqual(['main demo --seed 3'])
})

test('an added, an edited and a removed source are each built again', () => {
  start()
  put('packages/core/src/p2p.ts', 'export const a = 1')
  expect(start().lines).toEqual(['set-up: build', 'main demo'])
  put('packages/core/src/p2p.ts', 'export const b = 10')
  expect(start().lines).toEqual(['set-up: build', 'main demo'])
  rmSync(join(at, 'packages/core/src/p2p.ts'))
  expect(start().lines).toEqual(['set-up: build', 'main demo'])
})

test('a build that was removed is made again', () => {
  start()
  rmSync(join(at, 'packages/core/dist'), { recursive: true })
  expect(start().lines).toEqual(['set-up: build', 'main demo'])
})

test('a changed lock file installs again', () => {
  start()
  put('package-lock.json', lock('2.0.0'))
  const { lines } = start()
  expect(lines[0]).toBe('set-up: npm ci, as package-lock.json has changed')
  expect(readFileSync(join(at, 'node_modules/.package-lock.json'), 'utf8')).toBe(lock('2.0.0'))
})

test('what somebody installed by hand is taken as it is when it agrees with the lock file', () => {
  put('node_modules/.package-lock.json', lock('1.0.0'))
  expect(start().lines).toEqual(['set-up: build', 'main demo'])
})

test('a step that fails ends the start with its exit code', () => {
  put('scripts/build.js', 'process.exit(2)')
  expect(start()).toMatchObject({ status: 2, lines: ['set-up: npm ci', 'set-up: build'] })
  expect(existsSync(join(at, 'node_modules/.cache/barter-built'))).toBe(false)
})

// `npm test`, with a stand-in for vitest that leaves this report behind and exits so.
function testWith(report: object | undefined, exit: number) {
  const write = report && `writeFileSync(process.env.BARTER_TEST_REPORT, ${JSON.stringify(JSON.stringify(report))})`
  put('node_modules/.package-lock.json', lock('1.0.0'))
  put(
    'node_modules/vitest/vitest.mjs',
    `import { writeFileSync } from 'node:fs'\n${write ?? ''}\nprocess.exit(${exit})`,
  )
  const { status, stdout } = spawnSync(process.execPath, [join(at, 'scripts/test.js')], { encoding: 'utf8' })
  return { status, lines: stdout.split('\n').filter((line) => line !== '' && !line.startsWith('set-up:')) }
}

test('the last line of a good run counts, and the lines before it say why tests were skipped', () => {
  const skips = [{ name: 'INV-1: a capture', reason: 'no capture' }]
  expect(testWith({ passed: 2, failed: 0, skipped: 1, skips }, 0)).toEqual({
    status: 0,
    lines: ['skipped: no capture', '  INV-1: a capture', '2 passed, 0 failed, 1 skipped'],
  })
})

test('a run with a failed test fails', () => {
  const report = { passed: 2, failed: 1, skipped: 0, skips: [] }
  expect(testWith(report, 1)).toEqual({ status: 1, lines: ['2 passed, 1 failed, 0 skipped'] })
  expect(testWith(report, 0).status).toBe(1)
})

test('a run that fails outside a test counts one failure', () => {
  const report = { passed: 2, failed: 0, skipped: 0, skips: [] }
  expect(testWith(report, 1)).toEqual({ status: 1, lines: ['2 passed, 1 failed, 0 skipped'] })
})

test('a run without a test fails, whatever the runner says', () => {
  const report = { passed: 0, failed: 0, skipped: 0, skips: [] }
  expect(testWith(report, 0)).toEqual({ status: 1, lines: ['no test ran', '0 passed, 0 failed, 0 skipped'] })
  expect(testWith(undefined, 1)).toEqual({ status: 1, lines: ['no test ran', '0 passed, 1 failed, 0 skipped'] })
})

test('skips with one reason stand together', () => {
  const skip = (name: string, reason: string) => ({ name, reason })
  expect(skipSummary([skip('a', 'no kernel'), skip('b', 'no capture'), skip('c', 'no kernel')])).toEqual([
    'skipped: no kernel',
    '  a',
    '  c',
    'skipped: no capture',
    '  b',
  ])
  expect(closingLine({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped')
})
