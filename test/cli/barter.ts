/** The command as people start it: a process of its own, built. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'packages', 'cli', 'dist', 'main.js')

/** What is missing before these tests can say anything; `undefined` when nothing is. */
export const missing = existsSync(main) ? undefined : 'the command is not built: npm run build'

export interface Said {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

export function barter(args: readonly string[], cwd: string = root): Said {
  const { NO_COLOR: _none, FORCE_COLOR: _force, ...env } = process.env
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 28,
  })
  if (error !== undefined) throw error
  return { exit: status, out: stdout, err: stderr }
}

export const mainFile = main

/** **Units** milliseconds; starting processes on a busy machine takes long. Nothing is measured. */
export const PROCESS_TIMEOUT = 120_000
