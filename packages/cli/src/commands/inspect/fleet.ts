/** `barter inspect DIR`: many machines at once, a row each. */
import { availableParallelism } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { findCaptures, parseRequirement } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { fleetPool } from '../../fleet/fleet-pool.ts'
import type { FleetRow } from '../../fleet/fleet-row.ts'
import { inOrder } from '../../fleet/in-order.ts'
import { progressBar } from '../../progress-bar.ts'
import { FleetTable } from '../../render/fleet.ts'
import type { Terminal } from '../../terminal.ts'
import type { InspectOptions } from './inspect-options.ts'

/** Fewer captures than this are read before a thread has started. */
const FEW = 12
const MOST_THREADS = 16
/** Rows for each thread that may wait for one before them. */
const AHEAD = 8

/** What makes no sense for many machines. */
const OF_ONE: readonly (keyof InspectOptions)[] = [
  'pair',
  'want',
  'whatIf',
  'tree',
  'all',
  'class',
  'device',
  'labels',
  'output',
]

/** **Errors** `UsageError` of the options, and of paths that are not there; never of a capture. */
export async function inspectFleet(
  paths: readonly string[],
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  checkOptions(options)
  const requirements = (options.require ?? []).map(parseRequirement)
  const threads = threadsOf(options.jobs)
  const files = findCaptures(paths.map((path) => resolve(terminal.cwd, path)))
  const asTyped = typed(paths, terminal.cwd)
  const asJson = options.json === true || options.format === 'json'
  const table = new FleetTable(terminal.columns, terminal.style, requirements.length > 0)
  const bar = progressBar(terminal, 'reading', files.length)
  const rowOptions = { requirements, ...(options.cpu === undefined ? {} : { cpu: options.cpu }) }
  const pool = fleetPool(files.length < FEW ? 1 : threads, rowOptions)
  const seen = { done: 0, bad: 0, unmet: 0, unknown: 0 }
  try {
    if (!asJson) terminal.out(table.head())
    for await (const row of inOrder(files, threads * AHEAD, (file) => pool.read(file))) {
      count(seen, row)
      const named = { ...row, file: asJson ? asTyped(row.file) : shortName(asTyped(row.file), paths) }
      bar.wipe()
      terminal.out(asJson ? `${JSON.stringify({ schema: 'barter.fleet/1', ...named })}\n` : table.row(named))
      bar.show(seen.done, seen.bad === 0 ? '' : `, ${seen.bad} not read`)
    }
    bar.wipe()
    if (!asJson) terminal.out(table.end())
  } finally {
    await pool.close()
  }
  return exitOf(seen)
}

/** From a whole path to what the person typed, with what lies below it. */
function typed(paths: readonly string[], cwd: string): (file: string) => string {
  return (file) => {
    const path = paths.find((one) => file === resolve(cwd, one) || file.startsWith(resolve(cwd, one) + sep))
    return path === undefined ? file : join(path, relative(resolve(cwd, path), file))
  }
}

/** In the table of one folder its name says nothing. */
function shortName(file: string, paths: readonly string[]): string {
  const [only] = paths
  return paths.length === 1 && only !== undefined && file !== join(only) ? relative(only, file) : file
}

interface Seen {
  done: number
  bad: number
  unmet: number
  unknown: number
}

function count(seen: Seen, row: FleetRow): void {
  seen.done++
  if (!row.read) seen.bad++
  else if (row.met === false) seen.unmet++
  else if (row.met === 'unknown') seen.unknown++
}

/** Requirements that are not met, then files that could not be read; nothing read at all is a wrong path. */
function exitOf({ done, bad, unmet, unknown }: Seen): ExitCode {
  if (unmet > 0) return EXIT.problem
  if (done === bad) return EXIT.usage
  return bad > 0 || unknown > 0 ? EXIT.cannotTell : EXIT.ok
}

function threadsOf(jobs: string | undefined): number {
  if (jobs === undefined) return Math.min(availableParallelism(), MOST_THREADS)
  const count = Number(jobs)
  if (/^\d{1,3}$/.test(jobs) && count > 0) return count
  throw optionInvalid('--jobs', `is a number of threads, not ${jobs}`, 'leave it out for one a processor')
}

function checkOptions(options: InspectOptions): void {
  const wrong = OF_ONE.find((option) => options[option] !== undefined)
  if (wrong !== undefined) {
    const name = wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw optionInvalid(`--${name}`, 'is for one machine, and these are many', 'name one of the captures')
  }
  const { format = 'text' } = options
  if (format !== 'text' && format !== 'json') {
    throw optionInvalid('--format', `${format} is for one machine`, 'many are text, or JSON Lines with --json')
  }
}
