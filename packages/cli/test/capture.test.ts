/** `barter capture`: what is written, what is said, and that nothing is half there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/capture.ts'
import '../src/commands/inspect.ts'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-capture-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const machine = join(examples, 'qemu-fabric-epyc-iommu.tar.gz')

async function barter(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(scratch)
  const exit = await runCommandLine(args, terminal)
  return { exit, ...terminal.written }
}

describe('barter capture', () => {
  test('writes an archive that inspect reads, and says what it did', async () => {
    const { exit, out, err } = await barter('capture', '--root', machine, '-o', 'good.tar.gz')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out.replace(/\d+ B/, 'N B')).toBe(`wrote good.tar.gz: N B, 37 PCI functions below 4 host bridges
  masked     1 host name, 2 boot options without bearing on PCI
  read back  272 pairs, all with the verdicts of the machine itself
  lacks      nothing
`)
    const [ours, theirs] = await Promise.all(
      [join(scratch, 'good.tar.gz'), machine].map((path) => barter('inspect', path, '--pair', '03:00.0,04:00.0')),
    )
    expect(ours).toEqual(theirs)
  })

  test('says what is not in it, and how to get it', async () => {
    const poor = join(examples, 'qemu-fabric-epyc-iommu-unprivileged.tar.gz')
    const { out } = await barter('capture', '--root', poor, '-o', 'poor.tar.gz')
    expect(out).toContain('not in it:\n  - 37 of 37 functions have no more than 64 bytes')
    expect(out).toContain('take it again on the machine itself, as root')
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
    const { out: json } = await barter('capture', '--root', poor, '-o', 'poor.tar.gz', '--force', '--json')
    expect(JSON.parse(json)).toMatchObject({ schema: 'barter.capture/1', functions: 37, pairsReadBack: 272 })
  })

  test('leaves a file that is there alone, unless told', async () => {
    writeFileSync(join(scratch, 'mine'), 'mine')
    const { exit, err } = await barter('capture', '--root', machine, '-o', 'mine')
    expect([exit, err.split('\n')[0]]).toEqual([2, 'error OUTPUT_EXISTS'])
    expect(readFileSync(join(scratch, 'mine'), 'utf8')).toBe('mine')
    expect((await barter('capture', '--root', machine, '-o', 'mine', '--force')).exit).toBe(0)
    expect(readFileSync(join(scratch, 'mine')).subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b))
  })

  test.each([
    [['--root', 'nobody', '-o', 'a'], 'CAPTURE_MISSING'],
    [['--root', machine, '-o', 'no-folder/a'], 'OUTPUT_FAILED'],
    [['--root', machine, '-o', '.'], 'OUTPUT_FAILED'],
  ])('%j writes nothing: %s', async (args, code) => {
    mkdirSync(join(scratch, 'empty'), { recursive: true })
    const before = readdirSync(scratch)
    const { exit, out, err } = await barter('capture', ...args)
    expect([exit, out, err.split('\n')[0]]).toEqual([2, '', `error ${code}`])
    expect(readdirSync(scratch)).toEqual(before)
  })

  test('needs to be told where to write', async () => {
    const { exit, err } = await barter('capture')
    expect(exit).toBe(2)
    expect(err).toContain('-o, --output <file>')
  })
})
