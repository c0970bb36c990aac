/** Says what went wrong in a few lines, and finds the exit code for it. */
import { EXIT, type ExitCode } from './exit-code.ts'
import { blamePlugin } from './plugins/blame-plugin.ts'
import { wrapAfter } from './render/wrap.ts'
import type { Terminal } from './terminal.ts'

/** **Shape** `debug`: the whole chain of causes, with stacks. */
export function reportError(terminal: Terminal, thrown: unknown, debug: boolean): ExitCode {
  const error = isUsageError(thrown) ? thrown : (blamePlugin(thrown) ?? thrown)
  const usage = isUsageError(error)
  const lines = usage ? usageLines(terminal, error) : bugLines(terminal, error)
  if (debug) lines.push('', stackOf(error))
  else if (!usage) lines.push(`  run it again with --debug and report what it says`)
  terminal.err(`${lines.join('\n')}\n`)
  return usage ? EXIT.usage : EXIT.bug
}

interface UsageLike extends Error {
  readonly code: string
  readonly hint?: string | undefined
}

/** By name: a plugin from elsewhere may bring a core of its own. */
const isUsageError = (error: unknown): error is UsageLike => error instanceof Error && error.name === 'UsageError'

function usageLines({ style }: Terminal, error: UsageLike): string[] {
  // A message of several lines is a list of places, and is formatted already.
  const message = error.message.includes('\n') ? error.message : wrapAfter('', error.message, 78)
  const head = `${style.bad('error')} ${style.faint(error.code)}`
  const hint = error.hint === undefined ? [] : [wrapAfter('  ', error.hint, 78)]
  return [head, message, ...hint]
}

function bugLines({ style }: Terminal, error: unknown): string[] {
  const message = error instanceof Error ? error.message : String(error)
  return [`${style.bad('error')} this is a bug in barter: ${message.split('\n')[0] ?? ''}`]
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`
}
