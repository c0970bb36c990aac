/** `barter replay`: a counterexample once more, all at once or event by event. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { explorableOf, replaySchedule, scheduleOf } from '@barter/explore'
import { counterexampleBroken, optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readCounterexample } from '../explore/counterexample-file.ts'
import { loadChosen, type SystemChoice } from '../scenario/system-choice.ts'
import { reportJson } from '../render/report-json.ts'
import { renderRun, type RunView } from '../render/run-report.ts'
import type { Terminal } from '../terminal.ts'

export interface ReplayCommandOptions extends SystemChoice {
  readonly step?: boolean
  readonly verbose?: boolean
  readonly json?: boolean
}

const SCENARIO_HINT = 'as in barter replay TOKEN SCENARIO, with the file or the name that barter explore was given'

/** **Errors** `UsageError` `OPTION_INVALID`, `TOKEN_INVALID`, `TOKEN_VERSION`, `TOKEN_FOREIGN`, `COUNTEREXAMPLE_BROKEN`; of the scenario. */
export async function replayCommand(
  what: string,
  scenario: string | undefined,
  options: ReplayCommandOptions,
  terminal: Terminal,
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
    const subject = explorableOf(loaded.system, loaded.scenario)
    const report = replaySchedule(subject, scheduleOf(file?.token ?? what, subject.digest))
    const view: RunView = {
      ...terminal,
      detail: options.verbose === true || options.step === true ? 'verbose' : 'usual',
    }
    if (options.json === true) terminal.out(reportJson(report, loaded))
    else if (options.step === true) await byStep(renderRun(report, loaded, view), terminal)
    else terminal.out(renderRun(report, loaded, view))
    if (report.violations.length > 0) return EXIT.problem
    // As of a token that was cut short: nothing was found, and nothing is known of what would have come.
    return report.verdict === 'cannot-tell' ? EXIT.cannotTell : EXIT.ok
  } finally {
    await loaded.system.close()
  }
}

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
