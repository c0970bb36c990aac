/** The story of a run as text: who did what, when, how it ended and why, one line a moment. */
import type { Report } from '@barter/core'
import { groupDigits } from './duration.ts'
import type { Tone } from './event-text.ts'
import type { Style } from './style.ts'
import { type Moment, tellMoments } from './tell-moments.ts'
import { clip, wrap } from './wrap.ts'

export interface TimelineOptions {
  readonly columns: number
  readonly style: Style
  readonly verbose: boolean
  /** What the scenario calls things, by their names in the run. */
  readonly names?: ReadonlyMap<string, string>
}

/** Characters of a thread's name at most. */
const WIDEST_NAME = 12

export function renderTimeline(report: Report, options: TimelineOptions): string {
  const moments = tellMoments(report, options.verbose)
  const time = Math.max(6, ...moments.map(({ tick }) => groupDigits(tick).length))
  const who = Math.min(WIDEST_NAME, Math.max(4, ...moments.map((moment) => moment.who.length)))
  const head = options.style.faint(`${'us'.padStart(time + 1)}  ${'who'.padEnd(who)}  what`)
  return [head, ...moments.flatMap((moment, i) => drawn(moment, moments[i - 1], time, who, options))].join('\n')
}

function drawn(
  moment: Moment,
  before: Moment | undefined,
  time: number,
  who: number,
  { columns, style, names = new Map() }: TimelineOptions,
): string[] {
  const name = before?.who === moment.who && !moment.step ? '' : clip(moment.who, who)
  const indent = moment.step ? '' : '  '
  const gutter = time + who + 5 + indent.length
  const text = [...names].reduce((said, [real, alias]) => said.replaceAll(real, alias), moment.text)
  return wrap(text, Math.max(columns - gutter - 2, 24)).map((line, i) => {
    const tick = i === 0 ? groupDigits(moment.tick) : ''
    const left = `${style.faint(tick.padStart(time + 1))}  ${style.actor((i === 0 ? name : '').padEnd(who))}  `
    return `${left}${indent}${i === 0 ? '' : '  '}${TONES[moment.tone](style)(line)}`.trimEnd()
  })
}

const TONES: Readonly<Record<Tone, (style: Style) => (text: string) => string>> = {
  plain: () => (text) => text,
  good: (style) => style.good,
  bad: (style) => style.bad,
  warn: (style) => style.warn,
  faint: (style) => style.faint,
}
