/** `barter explore --workers`: real threads find what one finds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT, root, type Said } from './barter.ts'
import { called } from './called.ts'

if (missing !== undefined) console.log(`explore-workers.test.ts: skipped: ${missing}`)

const asked = (args: readonly string[]): readonly string[] => ['explore', ...args, '--json']
const together = (...args: readonly string[]) => explored(barter(asked(args)))
/** One thread needs no process of its own. */
const alone = async (...args: readonly string[]) => explored(await called(asked(args)))

function explored({ exit, out, err }: Said) {
  expect(err).toBe('')
  const { seconds, workers, ...rest } = JSON.parse(out) as Readonly<Record<string, unknown>>
  expect(seconds).toBeTypeOf('number')
  return { exit, workers, rest }
}

const scratch = mkdtempSync(join(tmpdir(), 'barter-workers-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** **Shape** `does`: what its plugin does once in one of the threads; `users`: who writes through its device. */
function scenario(name: string, does: 'exit' | 'interrupt', users: readonly string[]): string {
  const file = join(scratch, `${name}.yaml`)
  const machine = join(root, 'examples', 'captures', 'qemu-fabric-epyc-iommu.tar.gz')
  const options = { does, flag: join(scratch, `${name}.done`) }
  const plugin = JSON.stringify({ [join(root, 'test', 'cli', 'mortal-importer.js')]: options })
  const user = (as: string) => [
    `  ${as}:`,
    `    - { import: buf, on: nic, as: ${as}-mr }`,
    `    - { write: ${as}-mr, length: 64 }`,
  ]
  writeFileSync(
    file,
    [
      `title: ${name}`,
      `machine: ${machine}`,
      `plugins: [${plugin}]`,
      'devices:',
      '  nvme: { at: 0000:03:00.0, driver: vfio-pci }',
      '  nic: { at: 0000:04:00.0, driver: mortal }',
      'actors:',
      '  vmm: [{ open: nvme }, { export: nvme, bar: 2, as: buf }]',
      ...users.flatMap(user),
    ].join('\n'),
  )
  return file
}

describe.skipIf(missing !== undefined)('threads', () => {
  const BAD = 'type1-in-reset'
  const SAMPLES = ['close-while-writing', '--strategy', 'random', '--schedules', '40']

  test('INV-1: the first counterexample is that of one thread', { timeout: PROCESS_TIMEOUT }, async () => {
    expect(together(BAD, '--workers', '2')).toEqual(await alone(BAD))
  })

  test('samples: the counts of one thread', { timeout: PROCESS_TIMEOUT }, async () => {
    const { workers, rest } = together(...SAMPLES, '--workers', '2')
    expect(workers).toBe(2)
    expect(rest).toEqual((await alone(...SAMPLES)).rest)
  })

  test('what workers cannot do is refused', async () => {
    const { exit, err } = await called(['explore', BAD, '--strategy', 'dpor', '--workers', '2'])
    expect(exit).toBe(2)
    expect(err).toContain('EXPLORE_WORKERS')
  })

  test('Ctrl-C leaves a checkpoint, which another number of workers goes on with', { timeout: PROCESS_TIMEOUT }, () => {
    const file = join(scratch, 'checkpoint')
    const args = ['--strategy', 'dfs', '--preemptions', '1']
    const stopped = scenario('stopped', 'interrupt', ['one'])
    const first = barter(['explore', stopped, ...args, '--workers', '2', '--checkpoint', file])
    expect([first.exit, first.err]).toEqual([3, expect.stringContaining(`${file}\n`)])
    expect(first.out).toContain('no violation so far: sampled (stopped, ')
    const rest = barter(['explore', stopped, '--resume', file, '--workers', '1', '--json'])
    expect([rest.exit, rest.err]).toEqual([0, ''])
    expect(JSON.parse(rest.out)).toMatchObject({ words: 'bounded (1 preemption)', workers: 1, violations: [] })
  })

  test(
    'a thread that ends is an error, as what it has of the states is lost; never complete',
    { timeout: PROCESS_TIMEOUT },
    () => {
      // One thread alone would have begun with it, and would not come to its end in minutes.
      const endless = scenario('mortal', 'exit', ['one', 'two', 'three', 'four', 'five', 'six'])
      const { exit, out, err } = barter(['explore', endless, '--preemptions', '9', '--workers', '2'])
      expect([exit, out]).toEqual([2, ''])
      expect(err).toContain('WORKER_DIED')
      expect(err).toMatch(/worker \d of 2 died: it ended with code 7/)
    },
  )
})
