/** `barter explore`: every interleaving of a scenario, or an honest part of them. */
import { relative, resolve } from 'node:path'
import type { Report } from '@barter/core'
import {
  checkCheckpoint,
  checkParts,
  explorableOf,
  type Exploration,
  isSample,
  type SavedExploration,
  STRATEGIES,
  type StrategyName,
  tokenOf,
  notedSubject,
} from '@barter/explore'
import { optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { checkpointPieces, readCheckpoint } from '../explore/checkpoint-file.ts'
import { counterexampleText } from '../explore/counterexample-file.ts'
import { exploreTogether } from '../explore/explore-together.ts'
import { exploreWatched, type SearchOptions } from '../explore/explore-watched.ts'
import { Interrupts } from '../explore/interrupts.ts'
import { explorationJson } from '../explore/exploration-json.ts'
import { stepsInVain } from '../explore/in-vain.ts'
import { choiceWords, loadChosen, type SystemChoice } from '../scenario/system-choice.ts'
import { duration, wholeNumber } from '../explore/number-options.ts'
import { keepSchedulesYoung } from '../explore/young-objects.ts'
import { chromeTrace } from '../formats/chrome-trace.ts'
import { exploreJunit } from '../formats/explore-junit.ts'
import { exploreSarif } from '../formats/explore-sarif.ts'
import { ownVersion } from '../program/own-version.ts'
import { withProgress } from '../progress.ts'
import { renderCounterexample, renderExploration } from '../render/exploration.ts'
import { shellCommand } from '../render/shell-command.ts'
import { styleText } from '../render/style.ts'
import { wrap } from '../render/wrap.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import { scenarioFileAt } from '../scenario/read-source.ts'
import type { Terminal } from '../terminal.ts'
import type { StepLog } from '../watch/step-log.ts'
import { watched } from '../watch/watchdog.ts'
import { checkOutput, writeSomewhere, writeWhole } from '../write-whole.ts'

export interface ExploreCommandOptions extends SystemChoice {
  readonly strategy?: string
  readonly preemptions?: string
  readonly schedules?: string
  readonly time?: string
  readonly seed?: string
  readonly all?: boolean
  readonly twice?: boolean
  readonly output?: string
  readonly workers?: string
  readonly checkpoint?: string
  readonly resume?: string
  readonly junit?: string
  readonly sarif?: string
  readonly trace?: string
  readonly force?: boolean
  readonly patience?: string
  readonly json?: boolean
}

/**
 * **Errors** `UsageError` of the options, the scenario, its machine, its plugins; of files that cannot be written;
 * `DRIVER_HANGS`.
 */
export function exploreCommand(path: string, options: ExploreCommandOptions, terminal: Terminal): Promise<ExitCode> {
  return watched(terminal, options.patience, (log) => exploreAndTell(path, options, terminal, log))
}

async function exploreAndTell(
  path: string,
  options: ExploreCommandOptions,
  terminal: Terminal,
  log: StepLog | undefined,
): Promise<ExitCode> {
  keepSchedulesYoung()
  const kept = options.resume === undefined ? undefined : readCheckpoint(options.resume, terminal.cwd)
  const wanted = searchOptions(options, kept?.exploration)
  if (options.checkpoint !== undefined) {
    checkCheckpoint(wanted.strategy)
    checkOutput(options.checkpoint, terminal.cwd, replaces(options, terminal.cwd))
  }
  checkOutputs(options, terminal.cwd)
  const loaded = await withProgress(terminal, `reading ${path}`, () =>
    loadChosen(path, { ...kept?.choice, ...options }, terminal.cwd),
  )
  const interrupts = Interrupts.listen()
  try {
    const started = terminal.now()
    const choice = { ...kept?.choice, ...options }
    const subject = notedSubject(explorableOf(loaded.system, loaded.scenario), log)
    if (log !== undefined) {
      log.tellsStory = () => {
        tellWayTo(log, subject.digest, path, choice, terminal)
      }
    }
    const together = await exploreTogether(path, subject, wanted, choice, terminal, interrupts, log?.patience)
    const { result, rest } = together ?? (await exploreWatched(path, subject, alone(wanted), terminal, interrupts))
    const seconds = (terminal.now() - started) / 1000
    const isBlind = result.violations.length === 0 && result.endless === undefined
    const inVain = isBlind ? await stepsInVain(loaded.system, loaded.scenario, log) : []
    terminal.out(
      options.json === true
        ? explorationJson(result, loaded.scenario.title, seconds, inVain)
        : renderExploration(result, loaded, { ...terminal, seconds, path, choice, inVain }),
    )
    writeReports(path, await scenarioFileAt(path, terminal.cwd), choice, result, loaded, seconds, terminal)
    keepRest(path, rest, choice, result, terminal)
    return exitOf(result)
  } finally {
    interrupts.close()
    await loaded.system.close()
  }
}

/** A run up to the step that hung can still be told. */
function tellWayTo(log: StepLog, digest: string, path: string, choice: SystemChoice, { err, columns }: Terminal): void {
  const steps = log.where.path?.slice(0, -1) ?? []
  if (steps.length === 0) return
  const words = ['barter', 'replay', tokenOf(digest, steps), path, ...choiceWords(choice)]
  err(`${shellCommand('the story up to there: ', words, columns)}\n`)
}

/** Check before the work what would fail after it. **Errors** `OUTPUT_EXISTS`, `OUTPUT_FAILED`, `OPTION_INVALID` for one file twice. */
function checkOutputs(options: ExploreCommandOptions, cwd: string): void {
  const { output, junit, sarif, trace, checkpoint, force } = options
  const files = Object.entries({ '--output': output, '--junit': junit, '--sarif': sarif, '--trace': trace })
  const taken = new Map(checkpoint === undefined ? [] : [[resolve(cwd, checkpoint), '--checkpoint']])
  for (const [option, file] of files) {
    if (file === undefined) continue
    checkOutput(file, cwd, force === true)
    const other = taken.get(resolve(cwd, file))
    if (other !== undefined) throw optionInvalid(option, `names the file of ${other}`, 'give each a file of its own')
    taken.set(resolve(cwd, file), option)
  }
}

/** A checkpoint of several workers is of no use to a single search. */
const alone = ({ resume, ...wanted }: SearchOptions): SearchOptions =>
  resume?.search === undefined ? wanted : { ...wanted, resume }

const exitOf = ({ violations, stopped }: Exploration): ExitCode =>
  violations.length > 0 ? EXIT.problem : stopped ? EXIT.cannotTell : EXIT.ok

/** An exploration that resumes a checkpoint may overwrite it with the next one. */
const replaces = ({ checkpoint, resume, force }: ExploreCommandOptions, cwd: string): boolean =>
  force === true || (resume !== undefined && resolve(cwd, resume) === resolve(cwd, checkpoint ?? ''))

const ENDLESS =
  'to go on would not end it; --strategy random, or pct, gives up a schedule that is so long and tries others'

const BY_CHANCE = 'where that takes too long, --strategy pct finds many faults in seconds'

/** Write what is left to do to a file, or tell how to get one next time. */
function keepRest(
  path: string,
  rest: () => SavedExploration | undefined,
  options: ExploreCommandOptions,
  { stopped, strategy, violations, endless }: Exploration,
  terminal: Terminal,
): void {
  const { checkpoint } = options
  if (endless !== undefined) {
    terminal.err(`${wrap(ENDLESS, terminal.columns).join('\n')}\n`)
    return
  }
  if (checkpoint === undefined) {
    if (!stopped || violations.length > 0) return
    terminal.err('stopped; with --checkpoint FILE it can go on later\n')
    if (!isSample(strategy)) terminal.err(`${BY_CHANCE}\n`)
    return
  }
  const saved = rest()
  if (saved === undefined) return
  const { cwd, columns } = terminal
  let kept = checkpoint
  if (replaces(options, cwd)) writeWhole(checkpoint, checkpointPieces(saved, options), cwd, true)
  else kept = writeSomewhere(checkpoint, () => checkpointPieces(saved, options), cwd)
  if (kept !== checkpoint) terminal.err(`${checkpoint} was made meanwhile by somebody else\n`)
  terminal.err(`${shellCommand('go on with: ', ['barter', 'explore', path, '--resume', kept], columns)}\n`)
}

function searchOptions(options: ExploreCommandOptions, resume?: SavedExploration): SearchOptions {
  const strategy = STRATEGIES.find((name) => name === (options.strategy ?? resume?.strategy ?? 'states'))
  if (strategy === undefined) {
    throw optionInvalid(
      '--strategy',
      `is one of ${STRATEGIES.join(', ')}, not ${options.strategy ?? ''}`,
      'states is usual',
    )
  }
  const numbers = {
    workers: wholeNumber('--workers', options.workers, 1, 'one'),
    preemptions: wholeNumber('--preemptions', options.preemptions, 0),
    schedules: wholeNumber('--schedules', options.schedules, 1),
    seed: wholeNumber('--seed', options.seed, 0, 'seed 1'),
    time: duration('--time', options.time),
  }
  checkWorkers(options, numbers.workers ?? 1, strategy)
  if (resume !== undefined) numbers.preemptions ??= resume.preemptions ?? undefined
  numbers.seed ??= resume?.seed
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
  const stopAtFirst = resume !== undefined && options.all === undefined ? resume.stopAtFirst : options.all !== true
  const twice = options.twice ?? resume?.twice ?? false
  return { strategy, ...given, stopAtFirst, twice, ...(resume === undefined ? {} : { resume }) }
}

/** **Errors** `UsageError` `OPTION_INVALID`, `EXPLORE_WORKERS` for what workers cannot do together. */
function checkWorkers({ schedules }: ExploreCommandOptions, workers: number, strategy: StrategyName): void {
  if (workers === 1) return
  checkParts(strategy)
  if (workers > MOST_WORKERS) {
    throw optionInvalid('--workers', `is ${MOST_WORKERS} at most, not ${workers}`, 'one a processor is enough')
  }
  const samples = isSample(strategy)
  if (schedules !== undefined && !samples) {
    throw optionInvalid('--schedules', `cannot stop ${strategy} with --workers`, 'use --time')
  }
}

const MOST_WORKERS = 256

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
  const plain = { columns: 80, style: styleText(false), path, choice: options }
  const texts = (): string[] =>
    result.violations.flatMap((found, i) => {
      const report = reports[i]
      return report === undefined ? [] : [renderCounterexample(found, report, loaded, plain)]
    })
  write(options.junit, () => exploreJunit(result, path, seconds, texts()))
  write(options.sarif, () => [exploreSarif(result, placeOf(path, scenario, cwd), reports, ownVersion())])
  const [first] = result.violations
  const [report] = reports
  if (first === undefined || report === undefined) return
  write(options.trace, () => [chromeTrace(report)])
  const file = options.output
  if (file === undefined) return
  write(file, () => [counterexampleText(first, scenario, options, resolve(cwd, file))])
}

/** The path of the scenario, for readers of a report: only we know an example by its name. */
function placeOf(path: string, scenario: string, cwd: string): string {
  if (resolve(cwd, path) === scenario) return path
  const way = relative(cwd, scenario)
  return way.startsWith('..') ? scenario : way
}
