import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

describe('words of a scenario', () => {
  test('DMB-29, DMB-30: what a word means depends on what its target is, and on the driver that acts for it', async () => {
    const terminal = recorded(import.meta.dirname)
    expect(await runCommandLine(['run', 'words-by-target.yaml'], terminal)).toBe(0)
    expect(terminal.written.out).toContain('mmapBuffer buf, length 4 KiB: EINVAL')
    expect(terminal.written.out).toContain('pin a: ok')
  })
})
