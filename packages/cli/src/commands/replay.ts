/** `barter replay`: a counterexample once more, all at once or event by event. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Explorable, Report } from '@barter/core'
import { explorableOf, replaySchedule, scheduleOf, notedSubject } from '@barter/explore'
import { counterexampleBroken, optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readCounterexample } from '../explore/counterexample-file.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import { loadChosen, type SystemChoice } from '../scenario/system-choice.ts'
import { reportJson } from '../render/report-json.ts'
import { renderRun, type RunView } from '../render/run-report.ts'
import type { Terminal } from '../terminal.ts'
import type { StepLog } from '../watch/step-log.ts'
import { watched } from '../watch/watchdog.ts'

export interface ReplayCommandOptions extends SystemChoice {
  readonly step?: boolean
  readonly verbose?: boolean
  readonly patience?: string
  readonly json?: boolean
}

const SCENARIO_HINT = 'as in barter replay TOKEN SCENARIO, with the file or the name that barter explore was given'

/** **Errors** `UsageError` `OPTION_INVALID`, `TOKEN_INVALID`, `TOKEN_VERSION`, `TOKEN_FOREIGN`, `COUNTEREXAMPLE_BROKEN`, `DRIVER_HANGS`; of the scenario. */
export function replayCommand(
  what: string,
  scenario: string | undefined,
  options: ReplayCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return watched(terminal, options.patience, (log) => replayAndTell(what, scenario, options, terminal, log))
}

async function replayAndTell(
  what: string,
  scenario: string | undefined,
  options: ReplayCommandOptions,
  terminal: Terminal,
  log: StepLog | undefined,
): Promise<ExitCode> {
  const file = readCounterexample(what, terminal.cwd)
  const path = scenario ?? file?.scenario
  if (path === undefined && !what.startsWith('barter')) {
    throw counterexampleBroken(what, 'there is no such file, and it is no token')
  }
  if (path === undefined) throw optionInvalid('replay', 'needs the scenario that the token was found in', SCENARIO_HINT)
  const choice = file === undefined ? options : { ...file.choice, ...options }
  const loaded = await loadChosen(path, choice, terminal.cwd)
  try {
    const subject = notedSubject(explorableOf(loaded.system, loaded.scenario), log)
    if (log !== undefined) log.tellsStory = () => tell(replayBefore(log, subject), loaded, options, terminal)
    const report = replaySchedule(subject, scheduleOf(file?.token ?? what, subject.digest))
    await tell(report, loaded, options, terminal)
    if (report.violations.length > 0) return EXIT.problem
    // As for a token that was cut short: nothing was found, and what would have followed is unknown.
    return report.verdict === 'cannot-tell' ? EXIT.cannotTell : EXIT.ok
  } finally {
    await loaded.system.close()
  }
}

async function tell(
  report: Report,
  loaded: LoadedScenario,
  { json = false, step = false, verbose = false }: ReplayCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const view: RunView = { ...terminal, detail: verbose || step ? 'verbose' : 'usual' }
  if (json) terminal.out(reportJson(report, loaded))
  else if (step) await byStep(renderRun(report, loaded, view), terminal)
  else terminal.out(renderRun(report, loaded, view))
}

/** All but the step that never came back. */
const replayBefore = ({ where: { path = [] } }: StepLog, subject: Explorable): Report =>
  subject.replay(path.slice(0, -1))

/** A line of the story for each Enter; q, or the end of input, tells the rest at once. */
async function byStep(text: string, terminal: Terminal): Promise<void> {
  const input = terminal.stdin
  if (input === undefined) throw optionInvalid('--step', 'needs somebody who presses Enter', 'leave it out')
  const lines = text.split('\n')
  const keys = createInterface({ input: Readable.from(input.open()) })
  let at = 0
  terminal.err('Enter: the next line; q: the rest at once\n')
  for await (const key of keys) {
    if (key.trim() === 'q') break
    terminal.out(`${lines[at++] ?? ''}\n`)
    if (at >= lines.length) break
  }
  keys.close()
  terminal.out(lines.slice(at).join('\n'))
}
