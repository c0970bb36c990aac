/** `barter explore --workers`: real threads find what one finds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { barter, missing, PROCESS_TIMEOUT, root } from './barter.ts'

if (missing !== undefined) console.log(`explore-workers.test.ts: skipped: ${missing}`)

const explored = (...args: readonly string[]) => {
  const { exit, out, err } = barter(['explore', ...args, '--json'])
  expect(err).toBe('')
  const { seconds, workers, ...rest } = JSON.parse(out) as Readonly<Record<string, unknown>>
  expect(seconds).toBeTypeOf('number')
  return { exit, workers, rest }
}

const scratch = mkdtempSync(join(tmpdir(), 'barter-workers-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The plugin does what its options say in one of the threads. */
function scenario(name: string, options: Readonly<Record<string, unknown>>): string {
  const file = join(scratch, `${name}.yaml`)
  const machine = join(root, 'examples', 'captures', 'qemu-fabric-epyc-iommu.tar.gz')
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
      ...user('one'),
    ].join('\n'),
  )
  return file
}

describe.skipIf(missing !== undefined)('threads', () => {
  const BAD = 'type1-in-reset'
  const SAMPLES = ['close-while-writing', '--strategy', 'random', '--schedules', '40']

  test('INV-1: the first counterexample is that of one thread', { timeout: PROCESS_TIMEOUT }, () => {
    expect(explored(BAD, '--workers', '2')).toEqual(explored(BAD))
    const { rest } = explored(BAD, '--strategy', 'dfs', '--workers', '3')
    expect(rest.violations).toEqual(explored(BAD, '--strategy', 'dfs').rest.violations)
  })

  test('samples: the counts of one thread', { timeout: PROCESS_TIMEOUT }, () => {
    const together = explored(...SAMPLES, '--workers', '2')
    expect(together.workers).toBe(2)
    expect(together.rest).toEqual(explored(...SAMPLES).rest)
  })

  test('what workers cannot do is refused', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, err } = barter(['explore', BAD, '--strategy', 'dpor', '--workers', '2'])
    expect(exit).toBe(2)
    expect(err).toContain('EXPLORE_WORKERS')
  })

  test('Ctrl-C leaves a checkpoint, which another number of workers goes on with', { timeout: PROCESS_TIMEOUT }, () => {
    const file = join(scratch, 'checkpoint')
    const args = ['--strategy', 'dfs', '--preemptions', '1']
    // One goes on, so the thread that interrupts is not there any more.
    const stopped = scenario('stopped', { after: 8, does: 'interrupt', thread: 2 })
    const first = barter(['explore', stopped, ...args, '--workers', '2', '--checkpoint', file])
    expect([first.exit, first.err]).toEqual([3, `go on with: --resume ${file}\n`])
    expect(first.out).toContain('no violation so far: sampled (stopped, ')
    const rest = barter(['explore', stopped, '--resume', file, '--workers', '1', '--json'])
    const whole = barter(['explore', stopped, ...args, '--json'])
    expect([rest.exit, rest.err]).toEqual([0, ''])
    const { words, schedules, workers } = JSON.parse(rest.out) as Readonly<Record<string, unknown>>
    const alone = JSON.parse(whole.out) as Readonly<Record<string, unknown>>
    expect([words, schedules, workers]).toEqual([alone.words, alone.schedules, 1])
  })

  test('a thread that ends: its part is done by another', { timeout: PROCESS_TIMEOUT }, () => {
    const mortal = scenario('mortal', { after: 20 })
    const args = ['--strategy', 'random', '--schedules', '200', '--json']
    const { exit, out, err } = barter(['explore', mortal, ...args, '--workers', '2'])
    expect([exit, err]).toEqual([0, 'worker 1 of 2 died: it ended with code 7; others did its part\n'])
    expect(JSON.parse(out)).toMatchObject({ words: 'sampled (seed 1, 200 schedules)', schedules: 200 })
  })

  test('with what it has of the states lost it is an error, and never complete', { timeout: PROCESS_TIMEOUT }, () => {
    const { exit, out, err } = barter(['explore', scenario('mortal', { after: 20 }), '--workers', '2'])
    expect([exit, out]).toEqual([2, ''])
    expect(err).toContain('WORKER_DIED')
    expect(err).toContain('worker 1 of 2 died: it ended with code 7')
  })
})
