/** Where a command writes to, and what is known of it. Tests give their own. */
import { isatty } from 'node:tty'
import { styleText, type Style } from './render/style.ts'

/** What is piped in or typed; opened only by who wants it. */
interface TerminalInput {
  /** A person types it. */
  readonly typed: boolean
  open(): AsyncIterable<Uint8Array>
}

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Characters a line of stdout may have. */
  readonly columns: number
  readonly style: Style
  /** Somebody watches stderr. */
  readonly watched: boolean
  readonly stdin?: TerminalInput
  /** Folder that relative paths start from. */
  readonly cwd: string
  /** Milliseconds, for progress only. */
  now(): number
  /** There when the command has the process to itself. */
  readonly ownProcess?: OwnProcess
}

export interface OwnProcess {
  /** Something was broken off that left timers and threads behind: the process ends when the command has ended. */
  endWithCommand(): void
}

export function processTerminal(ownProcess: OwnProcess): Terminal {
  const { stdout, stderr, env } = process
  const isTerminal = isatty(stdout.fd)
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    columns: isTerminal ? Math.min(Math.max(stdout.columns, 60), 120) : 80,
    style: styleText(isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'),
    watched: isatty(stderr.fd) && env.TERM !== 'dumb' && env.CI === undefined,
    stdin: { typed: isatty(0), open: () => process.stdin },
    cwd: process.cwd(),
    now: () => performance.now(),
    ownProcess,
  }
}
