import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParityReport } from '@barter/parity'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const recording = join('examples', 'recordings', 'close.json')
const folder = mkdtempSync(join(tmpdir(), 'parity-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function barter(args: readonly string[], cwd = root) {
  const terminal = recorded(cwd)
  return { exit: await runCommandLine(['parity', ...args], terminal), ...terminal.written }
}

interface Steps {
  readonly steps: readonly { readonly op: string; as?: string; readonly saw: { invalidations?: number } }[]
}

/** A file with the recording, changed. */
function changed(name: string, change: (recording: Steps) => void): string {
  const path = join(folder, name)
  const parsed = JSON.parse(readFileSync(join(root, recording), 'utf8')) as Steps
  change(parsed)
  writeFileSync(path, JSON.stringify(parsed))
  return path
}

describe('barter parity', () => {
  test('one recording agrees: exit code 0', async () => {
    const { exit, out } = await barter([recording])
    expect([exit, out]).toEqual([0, '1 recording, 23 steps: 23 compared, 23 agree, none differs; 0 not comparable\n'])
  })

  test('a folder is every recording in it, as one JSON document', async () => {
    const { exit, out } = await barter([join('examples', 'recordings'), '--json'])
    const report = JSON.parse(out) as ParityReport
    expect(exit).toBe(0)
    expect(report).toMatchObject({ schema: 'barter.parity/1', files: 25, differences: [] })
    expect(report.agreed).toBe(report.compared)
  })

  test('one changed answer is one difference, side by side with the rule: exit code 1', async () => {
    const path = changed('changed.json', ({ steps }) => {
      const status = steps.find(({ op }) => op === 'status')
      if (status !== undefined) status.saw.invalidations = 7
    })
    const { exit, out } = await barter([path])
    expect(exit).toBe(1)
    expect(out).toContain('23 compared, 22 agree, 1 differ')
    expect(out).toMatch(/step 6, status \(.+\)\n +the kernel +the model\n +invalidations +7 +1\n/)
  })

  test.each([
    ['elsewhere.json', 'RECORDING_MISSING'],
    [join('examples', 'scenarios'), 'RECORDING_MISSING'],
    ['package.json', 'RECORDING_UNKNOWN'],
  ])('%s is no recording: exit code 2, and one line that says so', async (path, code) => {
    const { exit, err, out } = await barter([path])
    expect([exit, out]).toEqual([2, ''])
    expect(err).toMatch(new RegExp(`^error ${code}\n.+\n +give a recording in the format`))
  })

  test('a recording that is cut off, or names what nobody made, says where', async () => {
    const cut = join(folder, 'cut.json')
    writeFileSync(cut, readFileSync(join(root, recording), 'utf8').slice(0, 1000))
    expect((await barter([cut])).err).toContain('RECORDING_UNKNOWN')
    const lost = changed('lost.json', ({ steps }) => {
      const exported = steps.find(({ op }) => op === 'export')
      if (exported !== undefined) exported.as = 'other'
    })
    const { exit, err } = await barter([lost])
    expect([exit, err]).toEqual([2, expect.stringContaining('steps[3]')])
  })
})
