// The linter's rules of this house, run as the repository runs them, on a small repository of its own: each rule sees
// what breaks it, in the rooms where it holds, and lets good code be.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ESLint, type Linter } from 'eslint'
import { afterAll, describe, expect, test } from 'vitest'
import { houseConfig } from '../../tools/eslint-plugin-barter/config.js'

const op = 'export type Op<T> = Generator<string, T, void>\n'
const takesOp = `import type { Op } from './op.ts'\ndeclare function unmap(): Op<boolean>\n`
const manifest = (name: string, also: object) => JSON.stringify({ name, version: '0.1.0', ...also })

/** What is in the small repository besides the cases. */
const ground = {
  'tsconfig.test.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023', 'DOM'],
      types: [],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
    },
    include: ['packages', 'plugins', 'test', 'examples'],
  }),
  'packages/core/package.json': manifest('@barter/core', { dependencies: { tapable: '1', tsyringe: '1' } }),
  'packages/sim/package.json': manifest('@barter/sim', { dependencies: { '@barter/core': '1' } }),
  'packages/inspect/package.json': manifest('@barter/inspect', { dependencies: { '@barter/core': '1' } }),
  'packages/cli/package.json': manifest('@barter/cli', {
    dependencies: { '@barter/core': '1', '@barter/sim': '1', '@barter/inspect': '1', '@barter/importer-a': '1' },
  }),
  'plugins/importer-a/package.json': manifest('@barter/importer-a', { peerDependencies: { '@barter/core': '1' } }),
  'plugins/importer-b/package.json': manifest('@barter/importer-b', { peerDependencies: { '@barter/core': '1' } }),
  'packages/core/src/op.ts': `${op}export function* point(label: string): Op<void> {\n  yield label\n}\n`,
  'packages/sim/src/op.ts': op,
}

interface Case {
  readonly rule: string
  readonly file: string
  readonly code: string
}

const bad: readonly Case[] = []
const good: readonly Case[] = []
const breaks = (rule: string, file: string, code: string) => (bad as Case[]).push({ rule, file, code })
const keeps = (rule: string, file: string, code: string) => (good as Case[]).push({ rule, file, code })
const named = (name: string) => `import * as it from '${name}'\nexport default it\n`

// arrows
const arrows = 'barter/arrows'
breaks(arrows, 'packages/core/src/to-plugin.ts', named('@barter/importer-a'))
breaks(arrows, 'packages/core/src/to-sim.ts', `export type T = import('@barter/sim').T\n`)
breaks(arrows, 'packages/core/test/to-sim.test.ts', named('@barter/sim'))
breaks(arrows, 'packages/core/src/itself.ts', named('@barter/core'))
breaks(arrows, 'packages/sim/src/to-inspect.ts', named('@barter/inspect'))
breaks(arrows, 'packages/inspect/src/to-sim.ts', `export const it = await import('@barter/sim')\n`)
breaks(arrows, 'plugins/importer-a/src/to-plugin.ts', `export * from '@barter/importer-b'\n`)
breaks(arrows, 'plugins/importer-a/src/to-sim.ts', named('@barter/sim'))
breaks(arrows, 'plugins/importer-a/test/to-plugin.test.ts', named('@barter/importer-b'))
breaks(arrows, 'packages/cli/src/deep.ts', named('@barter/core/src/op.ts'))
breaks(arrows, 'packages/sim/src/leaves.ts', named('../../core/src/op.ts'))
breaks(arrows, 'packages/sim/src/leaves-for-the-root.ts', named('../../../test/anything.ts'))
breaks(arrows, 'test/enters.test.ts', named('../packages/core/src/op.ts'))
breaks(arrows, 'test/deep.test.ts', named('@barter/core/dist/op.js'))
breaks(arrows, 'packages/core/src/undeclared.ts', named('yaml'))
breaks(arrows, 'packages/core/src/node.ts', named('node:fs'))
breaks(arrows, 'plugins/importer-a/src/node.ts', named('fs'))
keeps(arrows, 'packages/core/src/declared.ts', named('tapable'))
keeps(arrows, 'packages/core/test/itself.test.ts', named('@barter/core'))
keeps(arrows, 'packages/core/test/one-file.test.ts', named('../src/op.ts'))
keeps(arrows, 'packages/core/vitest.config.ts', named('../../vitest.shared.ts'))
keeps(arrows, 'packages/sim/src/to-core.ts', named('@barter/core'))
keeps(arrows, 'packages/inspect/src/node.ts', named('node:fs'))
keeps(arrows, 'plugins/importer-a/src/to-core.ts', named('@barter/core'))
keeps(arrows, 'plugins/importer-a/test/to-sim.test.ts', named('@barter/sim'))
keeps(arrows, 'plugins/importer-a/test/to-conformance.test.ts', named('@barter/conformance'))
keeps(arrows, 'packages/cli/src/to-all.ts', named('@barter/inspect') + `export * from '@barter/importer-a'\n`)
keeps(arrows, 'test/by-name.test.ts', named('@barter/core') + `export * from '@barter/importer-a'\n`)

// one door to the container
const oneDoor = 'barter/one-door'
breaks(oneDoor, 'packages/core/src/container.ts', named('tsyringe'))
breaks(oneDoor, 'plugins/importer-a/test/metadata.test.ts', `import 'reflect-metadata'\n`)
breaks(oneDoor, 'packages/cli/src/container.ts', `import 'reflect-metadata/lite'\n`)
keeps(oneDoor, 'packages/core/src/compose.ts', named('tsyringe'))

// operations
const bare = 'barter/no-bare-yield'
breaks(bare, 'packages/core/src/bare.ts', `export function* f() {\n  yield 'point'\n}\n`)
breaks(bare, 'plugins/importer-a/src/bare.ts', `export function* f() {\n  yield\n}\n`)
breaks(bare, 'examples/bare.ts', `export function* f() {\n  yield 1\n}\n`)
keeps(
  bare,
  'packages/core/src/stars.ts',
  `import { point } from './op.ts'\nexport function* f() {\n  yield* point('x')\n}\n`,
)
keeps(bare, 'packages/core/test/bare.test.ts', `export function* f() {\n  yield 1\n}\n`)

const anew = 'barter/no-generator-closure'
const made = (code: string) => `import { point } from './op.ts'\n${code}\n`
breaks(anew, 'packages/sim/src/anew.ts', made(`export const f = (x: string) => function* () {\n  yield* point(x)\n}`))
breaks(anew, 'plugins/importer-a/src/anew.ts', `export const f = () => ({ *import() {\n  return 1\n} })\n`)
breaks(
  anew,
  'packages/core/src/anew.ts',
  `export function f() {\n  return class {\n    *g() {\n      return 1\n    }\n  }\n}\n`,
)
keeps(anew, 'packages/sim/src/once.ts', made(`export class A {\n  *f() {\n    yield* point('x')\n  }\n}`))
keeps(anew, 'packages/core/src/once.ts', made(`export const g = { *f() {\n  yield* point('x')\n} }`))
keeps(anew, 'packages/cli/src/anew.ts', `export const f = () => function* () {\n  return 1\n}\n`)

const old = 'barter/no-old-closure'
const field = (body: string) => `export class A {\n  f: (() => A) | undefined\n  g() {\n${body}  }\n}\n`
breaks(old, 'packages/sim/src/old-field.ts', field('    this.f = () => this\n'))
breaks(old, 'plugins/importer-a/src/old-field.ts', field('    this.f = function () {\n      return new A()\n    }\n'))
breaks(old, 'packages/core/src/old-getter.ts', `export const f = (a: number) => ({ get a() {\n  return a\n} })\n`)
keeps(old, 'packages/sim/src/named.ts', field('    const f = () => this\n    this.f = f\n'))
keeps(old, 'packages/core/src/literal.ts', `export const f = (a: number) => ({ a: () => a, b: 1 })\n`)
keeps(old, 'packages/core/src/top.ts', `export const f = { get a() {\n  return 1\n} }\n`)
keeps(old, 'packages/explore/src/field.ts', field('    this.f = () => this\n'))

const floating = 'barter/no-floating-op'
const thread = (body: string) => `${takesOp}export function* f(): Op<void> {\n  ${body}\n}\n`
const drops: Record<string, string> = {
  statement: thread('unmap()'),
  void: thread('void unmap()'),
  logical: `${takesOp}export function* f(on: boolean): Op<void> {\n  on && unmap()\n  yield* unmap()\n}\n`,
  ternary: `${takesOp}export function* f(on: boolean): Op<unknown> {\n  on ? unmap() : 0\n  return yield* unmap()\n}\n`,
  optional: `import type { Op } from './op.ts'\nexport function f(a: { end?(): Op<void> }) {\n  a.end?.()\n}\n`,
  method: `import type { Op } from './op.ts'\nexport function f(a: { end(): Op<void> }) {\n  a.end()\n}\n`,
  generator: `export function f(g: () => Generator<number>) {\n  g()\n}\n`,
  callback: `${takesOp}export const f = (list: number[]) => list.forEach(() => unmap())\n`,
  condition: thread('if (!unmap()) return'),
  variable: thread('const later = unmap()\n  later'),
  awaited: `${takesOp}export async function f() {\n  await unmap()\n}\n`,
}
for (const [name, code] of Object.entries(drops)) breaks(floating, `packages/sim/src/floating-${name}.ts`, code)
breaks(
  floating,
  'packages/sim/test/callback.test.ts',
  `import { test } from 'vitest'\n${takesOp.replace('./op', '../src/op')}test('x', () => unmap())\n`,
)
const runs: Record<string, string> = {
  stars: thread('yield* unmap()'),
  logical: `${takesOp}export function* f(on: boolean): Op<void> {\n  if (on && (yield* unmap())) return\n}\n`,
  value: `${takesOp}export const f = () => unmap()\nexport const g: () => Op<boolean> = () => unmap()\n`,
  argument: `${takesOp}declare function drive(op: Op<boolean>): boolean\ndrive(unmap())\n`,
  assigned: `${takesOp}export let kept: Op<boolean>\nkept = unmap()\n`,
  spawned: `${takesOp}declare function spawn(body: () => Op<boolean>): void\nspawn(() => unmap())\n`,
  next: `${takesOp}const op = unmap()\nop.next()\n`,
  iterated: `export const f = (list: Map<number, number>) => [...list.values()]\n`,
}
for (const [name, code] of Object.entries(runs)) keeps(floating, `packages/sim/src/runs-${name}.ts`, code)

// the host's clock, randomness and promises
const clock = 'barter/no-host-clock'
const hostly: Record<string, string> = {
  now: 'export const t = Date.now()\n',
  date: 'export const t = new Date()\n',
  alias: 'const { now } = Date\nexport default now\n',
  performance: 'export const t = performance.now()\n',
  hrtime: `declare const process: { hrtime(): number }\nexport const t = process.hrtime()\n`,
  random: 'export const r = Math.random()\n',
  'random-by-name': `export const r = Math['random']()\n`,
  'random-taken': 'const { random } = Math\nexport default random\n',
  crypto: 'export const r = crypto.randomUUID()\n',
  'global-this': 'export const r = globalThis.performance\n',
  timeout: 'setTimeout(() => {}, 1)\n',
  interval: 'setInterval(() => {}, 1)\n',
  microtask: 'queueMicrotask(() => {})\n',
  locale: `export const s = ['b', 'a'].sort((x, y) => x.localeCompare(y))\n`,
}
for (const [name, code] of Object.entries(hostly)) {
  if (name !== 'hrtime') breaks(clock, `packages/core/src/host-${name}.ts`, code)
}
for (const room of [
  'packages/sim',
  'packages/inspect',
  'packages/explore',
  'packages/conformance',
  'plugins/importer-a',
]) {
  breaks(clock, `${room}/src/clock.ts`, hostly['now'] ?? '')
}
breaks(
  clock,
  'packages/inspect/src/immediate.ts',
  'declare global {\n  var setImmediate: (f: () => void) => void\n}\nsetImmediate(() => {})\n',
)
breaks(
  clock,
  'packages/inspect/src/hrtime.ts',
  'declare global {\n  var process: { hrtime(): bigint }\n}\nexport const t = process.hrtime()\n',
)
breaks(
  clock,
  'packages/inspect/src/crypto.ts',
  `import { randomBytes } from 'node:crypto'\nexport default randomBytes\n`,
)
breaks(
  clock,
  'packages/inspect/src/hooks.ts',
  `import { performance } from 'node:perf_hooks'\nexport default performance\n`,
)
keeps(
  clock,
  'packages/core/src/own-names.ts',
  'export function f(Date: { now(): number }, random: () => number) {\n  return Date.now() + random()\n}\n',
)
keeps(clock, 'packages/core/src/maths.ts', 'export const m = Math.max(1, 2)\nexport type When = Date\n')
keeps(clock, 'packages/inspect/src/digest.ts', `import { createHash } from 'node:crypto'\nexport default createHash\n`)
keeps(clock, 'packages/core/test/clock.test.ts', 'export const t = Date.now()\n')
keeps(clock, 'packages/cli/src/clock.ts', 'export const t = Date.now()\n')
keeps(clock, 'plugins/machine-qemu/src/clock.ts', 'export const t = Date.now()\n')

const noAsync = 'barter/no-async'
const waits: Record<string, string> = {
  function: 'export async function f() {}\n',
  arrow: 'export const f = async () => {}\n',
  type: 'export type T = Promise<void>\n',
  made: 'export const p = new Promise(() => {})\n',
  resolved: 'export const p = Promise.resolve()\n',
  then: 'export const f = (p: PromiseLike<number>) => p.then(() => 1)\n',
  import: `export const f = () => import('./op.ts')\n`,
}
for (const [name, code] of Object.entries(waits)) breaks(noAsync, `packages/core/src/async-${name}.ts`, code)
breaks(noAsync, 'packages/sim/src/async.ts', waits['function'] ?? '')
breaks(noAsync, 'plugins/importer-a/src/async.ts', waits['function'] ?? '')
keeps(noAsync, 'packages/core/src/machine.ts', waits['type'] ?? '')
keeps(noAsync, 'packages/inspect/src/async.ts', waits['type'] ?? '')
keeps(noAsync, 'plugins/machine-qemu/src/async.ts', waits['type'] ?? '')

// mistakes
const bitwise = 'no-bitwise'
for (const [name, operator] of Object.entries({
  and: '&',
  or: '|',
  xor: '^',
  left: '<<',
  right: '>>',
  unsigned: '>>>',
})) {
  breaks(bitwise, `packages/core/src/bit-${name}.ts`, `export const f = (a: number) => a ${operator} 12\n`)
  breaks(bitwise, `packages/core/src/bit-set-${name}.ts`, `export let x = 3\nx ${operator}= 12\n`)
  keeps(bitwise, `packages/inspect/src/capability/bit-${name}.ts`, `export const f = (a: number) => a ${operator} 12\n`)
}
breaks(bitwise, 'plugins/importer-a/src/bits.ts', 'export const f = (a: number) => ~a\n')
for (const file of ['config-space', 'acs', 'bitfield', 'hash', 'random']) {
  keeps(bitwise, `packages/sim/src/${file}.ts`, 'export const f = (a: number) => ~a\n')
}
breaks('no-empty', 'packages/core/src/swallow.ts', 'try {\n  eval("")\n} catch {\n}\n')
breaks('no-console', 'packages/core/src/console.ts', `console.log('x')\n`)
keeps('no-console', 'packages/cli/src/console.ts', `console.log('x')\n`)

const honest = 'barter/honest-tests'
const vitest = `import { describe, expect, test } from 'vitest'\n`
const dishonest: Record<string, string> = {
  only: `test.only('x', () => {})\n`,
  'only-suite': `describe.only('x', () => {})\n`,
  'only-each': `test.only.each([1])('x', () => {})\n`,
  skip: `test.skip('x', () => {})\n`,
  'skip-suite': `describe.skip('x', () => {})\n`,
  'skip-without-reason': `test('x', (ctx) => ctx.skip())\n`,
  'skip-empty-reason': `test('x', (ctx) => ctx.skip(''))\n`,
  'skip-condition': `test('x', (ctx) => ctx.skip(true))\n`,
  true: `test('x', () => {\n  expect(true).toBe(true)\n})\n`,
  number: `test('x', () => {\n  expect(1).toBe(1)\n})\n`,
}
for (const [name, code] of Object.entries(dishonest))
  breaks(honest, `packages/core/test/${name}.test.ts`, vitest + code)
keeps(
  honest,
  'packages/core/test/honest.test.ts',
  `${vitest}test.skipIf(1 + 1 > 2)('x', (ctx) => {\n  ctx.skip('no capture')\n  ctx.skip(1 > 2, 'no kernel')\n  expect([1].length).toBe(1)\n})\n`,
)

const root = mkdtempSync(join(tmpdir(), 'barter-rules-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
for (const [path, text] of [...Object.entries(ground), ...[...bad, ...good].map((c) => [c.file, c.code] as const)]) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig: houseConfig(root) as Linter.Config[] })
const found = new Map((await eslint.lintFiles(['.'])).map((result) => [result.filePath, result.messages]))

const messages = (file: string) => {
  const all = found.get(join(root, file))
  if (all === undefined) throw new Error(`${file} was not linted`)
  return all
}

describe('what breaks a rule is reported', () => {
  test.each(bad)('$rule in $file', ({ rule, file }) => {
    expect(messages(file).map((message) => message.ruleId)).toContain(rule)
  })
})

describe('what keeps a rule is let be', () => {
  test.each(good)('$rule in $file', ({ rule, file }) => {
    expect(messages(file).filter((message) => message.ruleId === rule || message.fatal === true)).toEqual([])
  })
})

test('two files with the same path would hide one another', () => {
  const files = [...bad, ...good].map((c) => c.file)
  expect(files).toHaveLength(new Set(files).size)
})
