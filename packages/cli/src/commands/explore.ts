/** `barter explore`: every interleaving of a scenario, or an honest part of them. */
import { resolve } from 'node:path'
import type { Report } from '@barter/core'
import {
  explorableOf,
  type Exploration,
  ExplorationRun,
  STRATEGIES,
  type StrategyName,
  type Tally,
} from '@barter/explore'
import { optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { counterexampleText } from '../explore/counterexample-file.ts'
import { explorationJson } from '../explore/exploration-json.ts'
import { loadExploration, type SystemChoice } from '../explore/load-exploration.ts'
import { duration, wholeNumber } from '../explore/number-options.ts'
import { chromeTrace } from '../formats/chrome-trace.ts'
import { exploreJunit } from '../formats/explore-junit.ts'
import { exploreSarif } from '../formats/explore-sarif.ts'
import { ownVersion } from '../own-version.ts'
import { ProgressLine, withProgress } from '../progress.ts'
import { groupDigits } from '../render/duration.ts'
import { renderCounterexample, renderExploration } from '../render/exploration.ts'
import { styleText } from '../render/style.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import { scenarioFileAt } from '../scenario/read-source.ts'
import type { Terminal } from '../terminal.ts'
import { checkOutput, writeWhole } from '../write-whole.ts'

export interface ExploreCommandOptions extends SystemChoice {
  readonly strategy?: string
  readonly preemptions?: string
  readonly schedules?: string
  readonly time?: string
  readonly seed?: string
  readonly all?: boolean
  readonly output?: string
  readonly junit?: string
  readonly sarif?: string
  readonly trace?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** **Errors** `UsageError` of the options, the scenario, its machine, its plugins; of files that cannot be written. */
export async function exploreCommand(
  path: string,
  options: ExploreCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const wanted = searchOptions(options)
  for (const file of [options.output, options.junit, options.sarif, options.trace]) {
    if (file !== undefined) checkOutput(file, terminal.cwd, options.force === true)
  }
  const loaded = await withProgress(terminal, `reading ${path}`, () => loadExploration(path, options, terminal.cwd))
  try {
    const started = terminal.now()
    const result = await search(path, loaded, wanted, terminal)
    const seconds = (terminal.now() - started) / 1000
    terminal.out(
      options.json === true
        ? explorationJson(result, loaded.scenario.title, seconds)
        : renderExploration(result, loaded, { ...terminal, seconds }),
    )
    writeReports(path, await scenarioFileAt(path, terminal.cwd), options, result, loaded, seconds, terminal)
    return exitOf(result)
  } finally {
    await loaded.system.close()
  }
}

const exitOf = ({ violations, stopped }: Exploration): ExitCode =>
  violations.length > 0 ? EXIT.problem : stopped ? EXIT.cannotTell : EXIT.ok

interface SearchOptions {
  readonly strategy: StrategyName
  readonly preemptions?: number
  readonly schedules?: number
  readonly seed?: number
  readonly stopAtFirst: boolean
  /** **Units** milliseconds. */
  readonly time?: number
}

function searchOptions(options: ExploreCommandOptions): SearchOptions {
  const strategy = STRATEGIES.find((name) => name === (options.strategy ?? 'states'))
  if (strategy === undefined) {
    throw optionInvalid(
      '--strategy',
      `is one of ${STRATEGIES.join(', ')}, not ${options.strategy ?? ''}`,
      'states is usual',
    )
  }
  const numbers = {
    preemptions: wholeNumber('--preemptions', options.preemptions, 0),
    schedules: wholeNumber('--schedules', options.schedules, 1),
    seed: wholeNumber('--seed', options.seed, 0),
    time: duration('--time', options.time),
  }
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
  return { strategy, ...given, stopAtFirst: options.all !== true }
}

/** Ctrl-C ends it early, with what was covered so far. */
async function search(
  path: string,
  loaded: LoadedScenario,
  wanted: SearchOptions,
  terminal: Terminal,
): Promise<Exploration> {
  const started = terminal.now()
  const line = terminal.watched ? new ProgressLine(terminal, `exploring ${path}`) : undefined
  const progress = (tally: Tally): void => {
    const seconds = (terminal.now() - started) / 1000
    const rate = Math.round((tally.schedules + tally.cuts) / Math.max(seconds, 0.001))
    line?.show(`, ${groupDigits(tally.schedules + tally.cuts)} schedules (${groupDigits(rate)}/s)`)
  }
  let sliceEnd = 0
  const run = new ExplorationRun(explorableOf(loaded.system, loaded.scenario), {
    ...wanted,
    progress,
    stop: () => wanted.time !== undefined && terminal.now() - started > wanted.time,
    pause: () => terminal.now() > sliceEnd,
  })
  const interrupted = (): void => {
    run.stop()
  }
  process.once('SIGINT', interrupted)
  try {
    do sliceEnd = terminal.now() + SLICE_MS
    while (!run.advance() && (await breathe()))
    return run.result()
  } finally {
    process.off('SIGINT', interrupted)
    line?.wipe()
  }
}

/** How long it takes for Ctrl-C to be heard. */
const SLICE_MS = 200

/** Let what else waits be done. */
const breathe = (): Promise<true> => new Promise((resolve) => setImmediate(() => resolve(true)))

function writeReports(
  path: string,
  scenario: string,
  options: ExploreCommandOptions,
  result: Exploration,
  loaded: LoadedScenario,
  seconds: number,
  terminal: Terminal,
): void {
  const { cwd } = terminal
  const write = (file: string | undefined, pieces: () => Iterable<string>): void => {
    if (file !== undefined) writeWhole(file, pieces(), cwd, options.force === true)
  }
  const reports: readonly Report[] = result.violations.map(({ schedule }) => result.replay(schedule))
  const plain = { columns: 80, style: styleText(false) }
  const texts = (): string[] =>
    result.violations.flatMap((found, i) => {
      const report = reports[i]
      return report === undefined ? [] : [renderCounterexample(found, report, loaded, plain)]
    })
  write(options.junit, () => exploreJunit(result, path, seconds, texts()))
  write(options.sarif, () => [exploreSarif(result, path, reports, ownVersion())])
  const [first] = result.violations
  const [report] = reports
  if (first === undefined || report === undefined) return
  write(options.trace, () => [chromeTrace(report)])
  const file = options.output
  if (file === undefined) return
  write(file, () => [counterexampleText(first, scenario, options, resolve(cwd, file))])
}
