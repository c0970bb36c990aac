/** Which words may come next, and that bash takes them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/completion.ts'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-completion-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const CAPTURE = 'qemu-fabric-epyc-iommu.tar.gz'

async function words(...typed: string[]): Promise<readonly string[]> {
  const terminal = recorded(examples)
  expect(await runCommandLine(['completion', 'words', '--', ...typed], terminal)).toBe(0)
  expect(terminal.written.err).toBe('')
  return terminal.written.out.split('\n').filter((word) => word !== '')
}

describe('words that may come next', () => {
  test('commands and options', async () => {
    expect(await words('insp')).toEqual(['inspect'])
    expect(await words('')).toContain('run')
    expect(await words('--v')).toEqual(['--version'])
    expect(await words('inspect', '--pa')).toEqual(['--pair'])
    expect(await words('inspect', '--')).toContain('--json')
  })

  test('devices of the capture that is on the line, one after the other', async () => {
    expect(await words('inspect', CAPTURE, '--pair', '03')).toEqual(['03:00.0'])
    expect(await words('inspect', CAPTURE, '--pair', '03:00.0,04')).toEqual(['03:00.0,04:00.0'])
    expect(await words('inspect', CAPTURE, '--pair=03:00.0,03')).toEqual([])
    expect(await words('inspect', CAPTURE, '--pair=04')).toEqual(['--pair=04:00.0'])
    expect(await words('inspect', 'nothing-here', '--pair', '')).toEqual([])
  })

  test('rules, shells, and paths, which are left to the shell', async () => {
    expect(await words('explain', 'hb-')).toContain('HB-1')
    expect(await words('completion', 'b')).toEqual(['bash'])
    expect(await words('run', 'ex')).toEqual([':files'])
    expect(await words('nobody', 'x')).toEqual([])
  })
})

test('a shell that is not known is answered with those that are', async () => {
  const terminal = recorded(examples)
  expect(await runCommandLine(['completion', 'tcsh'], terminal)).toBe(2)
  expect(terminal.written.err).toContain('it is for bash, zsh and fish')
})

const bash = spawnSync('bash', ['--version'], { encoding: 'utf8' }).status === 0

describe.skipIf(!bash)('bash', () => {
  /** The command is a stand-in that answers with what it was asked, so that what is tested is the script. */
  async function complete(line: string, answer: string): Promise<readonly string[]> {
    const terminal = recorded(scratch)
    await runCommandLine(['completion', 'bash'], terminal)
    writeFileSync(join(scratch, 'script'), terminal.written.out)
    const asked = `
      barter() { printf '%s\\n' "$*" >asked; printf '%s' ${answer}; }
      source ./script
      COMP_LINE=$1 COMP_POINT=\${#1}
      _barter
      cat asked
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', asked, 'bash', line], { cwd: scratch, encoding: 'utf8' })
    return stdout.trimEnd().split('\n')
  }

  test('asks with all that is typed, and takes off what its own splitting left behind', async () => {
    expect(await complete('barter inspect x --pair=03:00.0,04', `$'--pair=03:00.0,04:00.0\\n'`)).toEqual([
      'completion words -- inspect x --pair=03:00.0,04',
      // bash holds the word after the last colon to be the one that is completed.
      '00.0,04:00.0',
    ])
    expect(await complete('barter ', `$'run\\ninspect\\n'`)).toEqual(['completion words -- ', 'run', 'inspect'])
  })

  test('completes paths itself', async () => {
    expect(await complete('barter run scr', `$':files\\n'`)).toEqual(['completion words -- run scr', 'script'])
  })
})
