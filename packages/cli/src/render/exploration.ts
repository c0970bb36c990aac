/** What exploring came to, as people read it: the coverage in honest words, and each counterexample. */
import { NO_RULE, type Report, type Violation } from '@barter/core'
import { type Counterexample, type Exploration, isNondeterminism } from '@barter/explore'
import type { LoadedScenario } from '../scenario/load.ts'
import { aliases, inWordsOf } from './aliases.ts'
import { violationTitle } from './event-text.ts'
import { groupDigits } from './duration.ts'
import type { Style } from './style.ts'
import { renderTwoColumns } from './two-columns.ts'
import { wrapAfter } from './wrap.ts'

export interface ExplorationView {
  readonly columns: number
  readonly style: Style
  readonly seconds: number
  /** The scenario as the person named it. */
  readonly path: string
}

export function renderExploration(result: Exploration, loaded: LoadedScenario, view: ExplorationView): string {
  const { style, columns } = view
  const parts = result.violations.map((found) =>
    renderCounterexample(found, result.replay(found.schedule), loaded, view),
  )
  return `${[style.strong(loaded.scenario.title), ...parts, renderCoverage(result, view, columns)].join('\n\n')}\n`
}

/** One counterexample, with the report of its run. */
export function renderCounterexample(
  { violation, length, switches, token }: Counterexample,
  report: Report,
  loaded: LoadedScenario,
  { columns, style, path }: Pick<ExplorationView, 'columns' | 'style' | 'path'>,
): string {
  const names = aliases(report, loaded.scenario)
  const found = report.violations.find(({ invariant }) => invariant === violation.invariant) ?? violation
  const head = `${titleOf(found)} in ${length} steps with ${count(switches, 'context switch', 'es')}`
  return [
    style.bad(head),
    wrapAfter('  ', inWordsOf(names, found.message), columns),
    ...partyLines(found).map((line) => wrapAfter('  ', inWordsOf(names, line), columns)),
    ...(isNondeterminism(found) ? ['', wrapAfter('  ', WHAT_TO_DO, columns)] : []),
    '',
    renderTwoColumns(report, found, { columns, style, names }),
    '',
    wrapAfter('  ', `again: barter replay ${token} ${path}`, columns),
  ].join('\n')
}

const titleOf = ({ invariant, rule }: Violation): string =>
  rule === NO_RULE ? violationTitle(invariant) : `${violationTitle(invariant)} (${rule})`

const WHAT_TO_DO =
  'A driver may use no clock, no random numbers but those of the run, and nothing that outlives a run. What was found before rests on runs that may not come back.'

const partyLines = ({ actor, parties }: Violation): readonly string[] => [
  ...parties.map(({ who, what }) => `before: ${who} ${what}`),
  `now: ${actor.who} ${actor.what}`,
]

function renderCoverage(result: Exploration, { style, seconds }: ExplorationView, columns: number): string {
  const { words, schedules, cuts, steps, states, violations, interleavings } = result
  const verdict =
    violations.length > 0
      ? style.bad(`${count(violations.length, 'violation')} found`)
      : result.stopped
        ? style.warn('no violation so far')
        : style.good('no violation')
  const explored = [
    count(schedules, 'schedule'),
    ...(cuts > 0 ? [`${groupDigits(cuts)} cut short where the rest was known`] : []),
    ...(states > 0 ? [count(states, 'state')] : []),
    `${groupDigits(steps)} steps`,
    `${seconds.toFixed(1)} s`,
  ].join(', ')
  const sums = result.workers > 1 ? `, sums over ${result.workers} workers` : ''
  const what = schedules + cuts > 0 ? 'They stand for' : 'It was stopped before the first schedule was over. There are'
  const many = `${what} about ${roughly(interleavings)} interleavings (estimated from schedules of chance).`
  const chance =
    states > 0 && result.coverage !== 'sampled'
      ? ` Two states are taken for one with a probability of ${(states ** 2 / 2 ** 65).toExponential(0)}.`
      : ''
  return `${verdict}: ${words}\n${wrapAfter('  ', `${explored}${sums}. ${many}${chance}`, columns)}`
}

/** `1 234`, `3e14`. */
const roughly = (n: number): string =>
  n < 1e6 ? groupDigits(Math.round(n)) : Number.isFinite(n) ? n.toExponential(0).replace('e+', 'e') : '1e308 and more'

const count = (n: number, noun: string, plural = 's'): string => `${groupDigits(n)} ${noun}${n === 1 ? '' : plural}`
