/** The end of a run: did what was expected hold, and if not, what was in the way? */
import type { ExpectationResult, Outcome, Party, Report, StepResult, Violation } from '@barter/core'
import { formatExpectation } from '../scenario/vocabulary.ts'
import { type Aliases, inWordsOf } from './aliases.ts'
import { formatTicks, groupDigits } from './duration.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

const HEADS = {
  pass: 'PASS  everything that was expected held',
  fail: 'FAIL  not everything that was expected held',
  'cannot-tell': 'CANNOT TELL  the run was stopped before its end',
} as const

/** **Shape** `names`: of things, as the reader knows them; without it they are called as in the run. */
export function renderVerdict(report: Report, columns: number, style: Style, names?: Aliases): string {
  const said = (text: string): string => (names === undefined ? text : inWordsOf(names, text))
  const paint = { pass: style.good, fail: style.bad, 'cannot-tell': style.warn }[report.verdict]
  return [
    paint(HEADS[report.verdict]),
    ...report.expectations.map((result) => expectationLine(result, report, columns, style)),
    ...outcomeLines(report.outcomes, columns, style).map(said),
    ...report.violations.flatMap((violation) => violationLines(spoken(violation, said), columns, style)),
    style.faint(
      `  seed ${report.seed}, ${groupDigits(report.steps)} steps of threads, ${formatTicks(report.ticks)} of virtual time`,
    ),
  ].join('\n')
}

/** All that there is to say of a run that went well. */
export function renderPass({ expectations, seed }: Report, style: Style): string {
  const words = expectations.map(({ expectation }) => formatExpectation(expectation))
  return `${style.good('PASS')}  ${words.join(', ')}; seed ${seed}`
}

function expectationLine(
  { expectation, met, why }: ExpectationResult,
  report: Report,
  columns: number,
  style: Style,
): string {
  const words = formatExpectation(expectation)
  const found = report.violations.length
  // What was found is written out below.
  const reason = expectation.kind === 'no-violation' ? `${found} found` : why
  const text = met ? words : `${words}: ${reason}`
  return `${met ? style.good('  yes  ') : style.bad('  NO   ')}${wrapAfter('       ', text, columns).trimStart()}`
}

/** Of each actor the steps that went wrong; those that it never came to are only counted. */
function outcomeLines(outcomes: readonly Outcome[], columns: number, style: Style): string[] {
  const wrong = outcomes.filter(({ met }) => !met)
  const lines = wrong
    .filter(({ result, index }) => result.kind !== 'not-reached' || index === 0)
    .map((outcome) => outcomeLine(outcome, columns, style))
  const never = wrong.filter(({ result, index }) => result.kind === 'not-reached' && index > 0).length
  return never === 0
    ? lines
    : [...lines, `${style.bad('  NO   ')}${never} more ${never === 1 ? 'step was' : 'steps were'} never begun`]
}

function outcomeLine({ actor, index, text, result, expected, place }: Outcome, columns: number, style: Style): string {
  const where = place === undefined ? `step ${index + 1}` : `line ${place.line}`
  const wanted = expected === undefined ? 'ok' : expected.join(' or ')
  const line = `${actor}, ${where}: ${text}: expected ${wanted}, got ${resultWords(result)}`
  return `${style.bad('  NO   ')}${wrapAfter('       ', line, columns).trimStart()}`
}

export function resultWords(result: StepResult): string {
  switch (result.kind) {
    case 'ok':
      return 'ok'
    case 'errno':
      return `${result.errno}: ${result.message} (${result.rule})`
    case 'error':
      return [result.status, result.errno, result.rule].filter((word) => word !== undefined).join(', ')
    case 'signal':
      return `${result.signal}: ${result.message} (${result.rule})`
    case 'blocked':
      return `no end: ${result.why}`
    case 'not-reached':
      return `never begun${result.why === undefined ? '' : `: ${result.why}`}`
    case 'not-comparable':
      return `nothing to compare: ${result.why}`
  }
}

function violationLines(
  { invariant, rule, message, actor, parties }: Violation,
  columns: number,
  style: Style,
): string[] {
  const by = rule === invariant ? '' : ` (${rule} is there to prevent it)`
  const head = wrapAfter('       ', `${invariant}: ${message}${by}`, columns).trimStart()
  return [`${style.bad('  !!   ')}${head}`, ...[...parties, actor].map((party) => partyLine(party, columns))]
}

/** In the reader's words; and who acts need not be named twice. */
function spoken(violation: Violation, said: (text: string) => string): Violation {
  const party = (one: Party): Party => {
    const what = said(one.what)
    return { ...one, what: what.startsWith(`${one.who} `) ? what.slice(one.who.length + 1) : what }
  }
  const { message, actor, parties } = violation
  return { ...violation, message: said(message), actor: party(actor), parties: parties.map(party) }
}

const partyLine = ({ who, what, tick }: Party, columns: number): string =>
  wrapAfter(`       ${groupDigits(tick).padStart(9)}  `, `${who}: ${what}`, columns)
