/** A counterexample as two columns: the one who touched what it must not, and everybody else. */
import type { Report, Violation } from '@barter/core'
import { type Aliases, inWordsOf } from './aliases.ts'
import type { Style } from './style.ts'
import { tellMoments } from './tell-moments.ts'
import { clip, wrap } from './wrap.ts'

export interface ColumnsView {
  readonly columns: number
  readonly style: Style
  readonly names?: Aliases
}

/** **Shape** `violation`: of the report; its actor has the right column. */
export function renderTwoColumns(report: Report, violation: Violation, { columns, style, names }: ColumnsView): string {
  const width = Math.floor((columns - 7) / 2)
  const acting = report.events.find(
    (one) => one.kind === 'violation' && one.violation.invariant === violation.invariant,
  )
  const actor = actorOf(acting?.task ?? violation.actor.who, report)
  const others = otherName(report, actor)
  const lines = [
    style.strong(`  ${clip(others, width).padEnd(width)} | ${clip(actor, width)}`.trimEnd()),
    style.faint(`  ${'-'.repeat(width)}-+-${'-'.repeat(width)}`),
  ]
  for (const moment of tellMoments(report, 'usual')) {
    if (moment.weight === 'passing' || moment.text.includes('sleeps ')) continue
    const right = actorOf(moment.who, report) === actor
    const who = right || moment.who === others ? '' : `${moment.who}: `
    const told = shortened(moment.text)
    const text = names === undefined ? told : inWordsOf(names, told)
    const indent = moment.part === 'event' ? '  ' : ''
    for (const line of wrap(`${indent}${who}${text}`, width, indent.length + 2)) {
      const whole = right ? `  ${' '.repeat(width)} | ${line}` : `  ${line.padEnd(width)} |`
      lines.push(moment.tone === 'bad' ? style.bad(whole.trimEnd()) : whole.trimEnd())
    }
  }
  return lines.join('\n')
}

/** What a violation is stands above the columns; a way, and why it is that way, take more room than there is. */
const shortened = (text: string): string =>
  text
    .replace(/^(VIOLATION of (?:[A-Z]+-\d+|[a-z]+)|NOT AS EXPECTED):.*$/s, '$1')
    .replace(/, by way of .*$/s, '')
    .replace(/( maps \S+ at [^:]*): .*( \([A-Z0-9]+-\d+\))$/s, '$1$2')

/** A thread that works for an actor's device stands in the actor's column: `page fault of nic`. */
function actorOf(who: string, report: Report): string {
  const actors = new Set(report.outcomes.map(({ actor }) => actor))
  if (actors.has(who)) return who
  const device = / of (\S+)$/.exec(who)?.[1] ?? who
  const user = report.outcomes.find(({ text }) => text.includes(` on ${device}`))
  return user?.actor ?? who
}

/** Name of the left column: of the one other actor, or of nobody in particular. */
function otherName(report: Report, actor: string): string {
  const others = [...new Set(report.outcomes.map((outcome) => outcome.actor))].filter((name) => name !== actor)
  return others.length === 1 ? (others[0] ?? '') : others.join(', ')
}
