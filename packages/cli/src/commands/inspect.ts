/** `barter inspect`: who can reach whom in a machine, and why. */
import { parseBdf, type Topology } from '@barter/core'
import { type Inspection, inspectTopology, loadMachine, type PairChoice } from '@barter/inspect'
import { deviceUnknown, optionInvalid } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { withProgress } from '../progress.ts'
import { answerLetter } from '../render/answer.ts'
import { renderLegend, renderMatrix } from '../render/matrix.ts'
import { renderPair } from '../render/pair.ts'
import { machineSummary, unknownNotes } from '../render/machine-summary.ts'
import type { Terminal } from '../terminal.ts'

export interface InspectOptions {
  readonly pair?: string
  readonly all?: boolean
  readonly json?: boolean
}

/** **Errors** `UsageError` of the capture and the options. */
export async function inspectCommand(
  path: string | undefined,
  options: InspectOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const pair = options.pair === undefined ? undefined : readPair(options.pair)
  if (pair !== undefined && options.all === true) {
    throw optionInvalid('--all', 'and --pair are both there', 'one of them says which pairs to show')
  }
  const topology = await withProgress(terminal, `reading ${path ?? 'this machine'}`, () => loadMachine(path))
  const choice: PairChoice = pair ?? (options.all === true ? 'all' : 'interesting')
  if (pair !== undefined) checkThere(topology, pair)
  const report = inspectTopology(topology, { pairs: choice })
  if (options.json === true) terminal.out(`${JSON.stringify(report, null, 2)}\n`)
  else if (pair !== undefined) terminal.out(pairText(topology, report, pair, terminal))
  else terminal.out(matrixText(topology, report, terminal))
  return exitOf(report, pair !== undefined)
}

function matrixText(topology: Topology, report: Inspection, { columns, style }: Terminal): string {
  const lines = [machineSummary(topology, report, columns), '']
  if (report.pairs.length === 0) {
    lines.push('No two devices here are of a kind that people pair: use --all for every function.')
  } else {
    const matrix = renderMatrix(report, columns, style)
    lines.push(
      '  Columns are who reads or writes, by the number of its row.',
      '',
      matrix.text,
      renderLegend(matrix.letters, style),
    )
  }
  return [...lines, ...unknownNotes(report, columns, style), ''].join('\n')
}

function pairText(
  topology: Topology,
  report: Inspection,
  [a, b]: readonly [string, string],
  { columns, style }: Terminal,
): string {
  const back = inspectTopology(topology, { pairs: [b, a] })
  return [renderPair(report, back, columns, style), ...unknownNotes(report, columns, style), ''].join('\n')
}

/** For a pair the answer itself is the result; a matrix is fine as long as it could be told. */
function exitOf(report: Inspection, single: boolean): ExitCode {
  const letters = report.pairs.map(answerLetter)
  if (letters.includes('?')) return EXIT.cannotTell
  return single && letters.includes('x') ? EXIT.problem : EXIT.ok
}

function readPair(text: string): readonly [string, string] {
  const [a, b, ...more] = text.split(',').map((part) => part.trim())
  if (a === undefined || b === undefined || a === '' || b === '' || more.length > 0) {
    throw optionInvalid(
      '--pair',
      `takes two functions, not ${text === '' ? 'nothing' : text}`,
      'as in --pair 03:00.0,04:00.0: whose BAR, then who uses it',
    )
  }
  return [a, b]
}

function checkThere(topology: Topology, pair: readonly [string, string]): void {
  for (const name of pair) {
    const bdf = parseBdf(name)
    if (bdf !== undefined && topology.find(bdf) === undefined)
      throw deviceUnknown(
        bdf,
        topology.functions.map((fn) => fn.bdf),
      )
  }
}
