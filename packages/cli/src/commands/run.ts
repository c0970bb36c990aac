/** `barter run`: runs a scenario and tells the story. */
import type { Report } from '@barter/core'
import { optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { loadChosen, type SystemChoice } from '../scenario/system-choice.ts'
import { withProgress, withRunProgress } from '../progress.ts'
import { reportJson } from '../render/report-json.ts'
import { renderRun } from '../render/run-report.ts'
import type { Terminal } from '../terminal.ts'
import { loggedStrategy } from '../watch/logged-strategy.ts'
import type { StepLog } from '../watch/step-log.ts'
import { watched } from '../watch/watchdog.ts'

export interface RunCommandOptions extends SystemChoice {
  readonly seed?: string
  readonly verbose?: boolean
  readonly patience?: string
  readonly json?: boolean
}

/** **Errors** `UsageError` of the options, the scenario, its machine, its plugins; `DRIVER_HANGS`. */
export function runCommand(path: string, options: RunCommandOptions, terminal: Terminal): Promise<ExitCode> {
  return watched(terminal, options.patience, (log) => runAndTell(path, options, terminal, log))
}

async function runAndTell(
  path: string,
  options: RunCommandOptions,
  terminal: Terminal,
  log: StepLog | undefined,
): Promise<ExitCode> {
  const seed = readSeed(options.seed ?? '1')
  const loaded = await withProgress(terminal, `reading ${path}`, () => loadChosen(path, options, terminal.cwd))
  const { scenario, system } = loaded
  const run = (limit?: number): Promise<Report> =>
    system.machine('sim').run(scenario, { ...loggedStrategy(seed, log), ...(limit === undefined ? {} : { limit }) })
  const tell = (report: Report): void => {
    const text =
      options.json === true
        ? reportJson(report, loaded)
        : renderRun(report, loaded, { ...terminal, detail: options.verbose === true ? 'verbose' : 'usual' })
    terminal.out(text)
  }
  // As far as it comes.
  if (log !== undefined) log.tellsStory = async () => tell(await run(log.where.length - 1))
  try {
    const report = await withRunProgress(terminal, `running ${path}`, system, () => run())
    log?.leaves()
    tell(report)
    return exitOf(report)
  } finally {
    await system.close()
  }
}

const exitOf = ({ verdict }: Report): ExitCode =>
  ({ pass: EXIT.ok, fail: EXIT.problem, 'cannot-tell': EXIT.cannotTell })[verdict]

function readSeed(text: string): number {
  const seed = Number(text)
  if (!/^\d+$/.test(text) || seed > 0xffff_ffff) {
    throw optionInvalid('--seed', `is a whole number below 2^32, not ${text}`, 'leave it out for seed 1')
  }
  return seed
}
