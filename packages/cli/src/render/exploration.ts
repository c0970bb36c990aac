/** What exploring came to, as people read it: the coverage in honest words, and each counterexample. */
import { NO_RULE, type Outcome, type Report, UNMET, type Violation } from '@barter/core'
import { type Counterexample, type Exploration, isNondeterminism } from '@barter/explore'
import { TRIES } from '../explore/in-vain.ts'
import type { LoadedScenario } from '../scenario/load.ts'
import { choiceWords, type SystemChoice } from '../scenario/system-choice.ts'
import { aliases, inWordsOf } from './aliases.ts'
import { violationTitle } from './event-text.ts'
import { groupDigits } from './duration.ts'
import type { Style } from './style.ts'
import { renderTwoColumns } from './two-columns.ts'
import { shellCommand } from './shell-command.ts'
import { resultWords } from './verdict.ts'
import { wrapAfter } from './wrap.ts'

export interface ExplorationView {
  readonly columns: number
  readonly style: Style
  readonly seconds: number
  /** The scenario as the person named it. */
  readonly path: string
  /** What else the system was composed of. */
  readonly choice?: SystemChoice
  /** Steps that never end well. */
  readonly inVain?: readonly Outcome[]
}

export function renderExploration(result: Exploration, loaded: LoadedScenario, view: ExplorationView): string {
  const { style, columns } = view
  const parts = result.violations.map((found) =>
    renderCounterexample(found, result.replay(found.schedule), loaded, view),
  )
  const blind = renderInVain(view.inVain ?? [], view)
  return `${[style.strong(loaded.scenario.title), ...parts, renderCoverage(result, view, columns), ...blind].join('\n\n')}\n`
}

/** Of several steps. */
const MOST_IN_VAIN = 3

function renderInVain(steps: readonly Outcome[], { style, columns }: ExplorationView): readonly string[] {
  if (steps.length === 0) return []
  const told = steps.slice(0, MOST_IN_VAIN).map(({ actor, text, result, place }) => {
    const line = place === undefined ? '' : `, line ${place.line}`
    return wrapAfter('  ', `${actor}${line}: ${text}: ${resultWords(result)}`, columns)
  })
  const head = `never ended well, in ${TRIES} runs by chance: no order of what hangs on it was seen`
  const more = steps.length > MOST_IN_VAIN ? [`  and ${steps.length - MOST_IN_VAIN} more`] : []
  const hint = wrapAfter('  ', 'mend the story, or say with `expect` how the step ends', columns)
  return [[style.warn(head), ...told, ...more, hint].join('\n')]
}

/** One counterexample, with the report of its run. */
export function renderCounterexample(
  { violation, length, switches, token, beside }: Counterexample,
  report: Report,
  loaded: LoadedScenario,
  { columns, style, path, choice = {} }: Omit<ExplorationView, 'seconds'>,
): string {
  const names = aliases(report, loaded.scenario)
  const alike = report.violations.filter(({ invariant }) => invariant === violation.invariant)
  const [found = violation] = alike
  const messages = [...new Set((alike.length === 0 ? [found] : alike).map(({ message }) => message))]
  const head = `${titleOf(found)} in ${length} steps with ${count(switches, 'context switch', 'es')}`
  return [
    style.bad(head),
    ...messages.slice(0, MOST_TOLD).map((message) => wrapAfter('  ', inWordsOf(names, message), columns)),
    ...partyLines(found).map((line) => wrapAfter('  ', inWordsOf(names, line), columns)),
    ...(isNondeterminism(found) ? ['', wrapAfter('  ', WHAT_TO_DO, columns)] : []),
    '',
    renderTwoColumns(report, found, { columns, style, names }),
    '',
    shellCommand('  again: ', ['barter', 'replay', token, path, ...choiceWords(choice)], columns),
    ...(beside === undefined
      ? []
      : [
          wrapAfter('  ', `shorter, of another rule: ${titleOf(beside.violation)} in ${beside.length} steps`, columns),
          shellCommand('  see it: ', ['barter', 'replay', beside.token, path, ...choiceWords(choice)], columns),
        ]),
  ].join('\n')
}

/** Of one invariant in one schedule. */
const MOST_TOLD = 3

const titleOf = ({ invariant, rule }: Violation): string =>
  rule === NO_RULE || rule === invariant ? violationTitle(invariant) : `${violationTitle(invariant)} (${rule})`

const WHAT_TO_DO =
  'A driver may use no clock, no random numbers but those of the run, and nothing that outlives a run; what several of its devices share it has to tell (Kernel.shared). What was found before rests on runs that may not come back.'

/** Who took part. One alone, of whom the message says it all, is told once. */
const partyLines = ({ actor, parties, message, invariant }: Violation): readonly string[] =>
  parties.length === 0 && (invariant === UNMET || message.includes(actor.what))
    ? []
    : [...parties.map(({ who, what }) => `before: ${who} ${what}`), `now: ${actor.who} ${actor.what}`]

function renderCoverage(result: Exploration, { style, seconds }: ExplorationView, columns: number): string {
  const { words, schedules, cuts, steps, states, violations, estimate } = result
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
  const { interleavings } = estimate
  const endless = result.endless ?? estimate.endless
  const plural = interleavings < 1.5 ? '' : 's'
  const many = `${what} about ${roughly(interleavings)} interleaving${plural} (estimated from random schedules).`
  const round = endless === undefined ? '' : ` One of those does not end: ${endless}.`
  const chance =
    states > 0 && result.coverage !== 'sampled'
      ? ` Two states are taken for one with a probability of ${(states ** 2 / 2 ** 65).toExponential(0)}.`
      : ''
  return `${wrapAfter('', `${verdict}: ${words}`, columns)}\n${wrapAfter('  ', `${explored}${sums}. ${many}${round}${chance}`, columns)}`
}

/** `1 234`, `3e14`. */
const roughly = (n: number): string =>
  n < 1e6 ? groupDigits(Math.round(n)) : Number.isFinite(n) ? n.toExponential(0).replace('e+', 'e') : '1e308 and more'

const count = (n: number, noun: string, plural = 's'): string => `${groupDigits(n)} ${noun}${n === 1 ? '' : plural}`
