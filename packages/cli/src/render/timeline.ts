/** The story of a run as text: who did what, when, how it ended and why, one line a moment. */
import type { Report } from '@barter/core'
import { groupDigits } from './duration.ts'
import type { Tone } from './event-text.ts'
import { inWordsOf } from './aliases.ts'
import { foldRepeats } from './fold-repeats.ts'
import type { Style } from './style.ts'
import type { Detail, Moment } from './moment.ts'
import { tellMoments } from './tell-moments.ts'
import { clip, wrap } from './wrap.ts'

export interface TimelineOptions {
  readonly columns: number
  readonly style: Style
  readonly detail: Detail
  /** What the scenario calls things, by their names in the run. */
  readonly names?: ReadonlyMap<string, string>
}

/** Characters of a thread's name at most. */
const WIDEST_NAME = 12

export function renderTimeline(report: Report, options: TimelineOptions): string {
  const told = tellMoments(report, options.detail).map(shortNamed)
  const moments = options.detail === 'verbose' ? told : foldRepeats(told)
  const time = Math.max(6, ...moments.map(({ tick }) => groupDigits(tick).length))
  const who = Math.min(WIDEST_NAME, Math.max(4, ...moments.map((moment) => moment.who.length)))
  const head = options.style.faint(`${'us'.padStart(time + 1)}  ${'who'.padEnd(who)}  what`)
  return [head, ...moments.flatMap((moment, i) => drawn(moment, moments[i - 1], time, who, options))].join('\n')
}

/** A thread that works for somebody is named by its work: `page fault`. */
const shortNamed = (moment: Moment): Moment => ({ ...moment, who: moment.who.replace(/(?<=\w) of \S+$/, '') })

function drawn(
  moment: Moment,
  before: Moment | undefined,
  time: number,
  who: number,
  { columns, style, detail, names = new Map() }: TimelineOptions,
): string[] {
  const inStep = moment.part === 'event'
  const name = before?.who === moment.who && inStep ? '' : clip(moment.who, who)
  const indent = inStep ? '  ' : ''
  const text = detail === 'verbose' ? moment.text : inWordsOf(names, moment.text)
  return wrap(text, Math.max(columns - time - who - 5 - indent.length, 24), 2).map((line, i) => {
    const tick = i === 0 ? groupDigits(moment.tick) : ''
    const left = `${style.faint(tick.padStart(time + 1))}  ${style.actor((i === 0 ? name : '').padEnd(who))}  `
    return `${left}${indent}${TONES[moment.tone](style)(line)}`.trimEnd()
  })
}

const TONES: Readonly<Record<Tone, (style: Style) => (text: string) => string>> = {
  plain: () => (text) => text,
  good: (style) => style.good,
  bad: (style) => style.bad,
  warn: (style) => style.warn,
  faint: (style) => style.faint,
}
