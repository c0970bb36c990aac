/** The story of a run: who did what, when, how it ended and why, one line a moment. */
import type { Outcome, Report, TraceEvent } from '@barter/core'
import { formatTicks, groupDigits } from './duration.ts'
import { dmaText, eventText, type Tone } from './event-text.ts'
import type { Style } from './style.ts'
import { wrap } from './wrap.ts'

export interface TimelineOptions {
  readonly columns: number
  readonly style: Style
  readonly verbose: boolean
}

interface Line {
  readonly tick: number
  readonly who: string
  text: string
  tone: Tone
  /** Begins or ends a step of an actor. */
  readonly step: boolean
}

export function renderTimeline(report: Report, options: TimelineOptions): string {
  const lines = timelineLines(report, options.verbose)
  const time = Math.max(6, ...lines.map(({ tick }) => groupDigits(tick).length))
  const who = Math.min(16, Math.max(4, ...lines.map((line) => line.who.length)))
  const head = options.style.faint(`${'us'.padStart(time + 2)}  ${'who'.padEnd(who)}  what`)
  return [head, ...lines.flatMap((line, i) => drawn(line, lines[i - 1], time, who, options))].join('\n')
}

function drawn(
  line: Line,
  before: Line | undefined,
  time: number,
  who: number,
  { columns, style }: TimelineOptions,
): string[] {
  const same = before?.who === line.who && !line.step
  const name = same ? '' : line.who
  const indent = line.step ? '' : '  '
  const gutter = time + who + 6 + indent.length
  return wrap(line.text, Math.max(columns - gutter, 24)).map((text, i) => {
    const tick = i === 0 ? groupDigits(line.tick) : ''
    const left = `${style.faint(tick.padStart(time + 2))}  ${style.actor((i === 0 ? name : '').padEnd(who))}  `
    return `${left}${indent}${i === 0 ? '' : '  '}${TONES[line.tone](style)(text)}`.trimEnd()
  })
}

const TONES: Readonly<Record<Tone, (style: Style) => (text: string) => string>> = {
  plain: () => (text) => text,
  good: (style) => style.good,
  bad: (style) => style.bad,
  warn: (style) => style.warn,
  faint: (style) => style.faint,
}

function timelineLines(report: Report, verbose: boolean): Line[] {
  const writer = new TimelineWriter(report, verbose)
  for (const event of report.events) writer.add(event)
  return writer.lines
}

class TimelineWriter {
  readonly lines: Line[] = []
  readonly #verbose: boolean
  readonly #outcomes: ReadonlyMap<string, Outcome>
  /** The step each actor is in: its line, and when it began. */
  readonly #open = new Map<string, { readonly line: Line; readonly at: number }>()
  readonly #routes = new Set<string>()
  #dma:
    | {
        readonly key: string
        readonly event: Extract<TraceEvent, { kind: 'dma' }>
        readonly line: Line
        readonly withRoute: boolean
        count: number
      }
    | undefined
  #protocol: { readonly key: string; readonly line: Line } | undefined

  constructor(report: Report, verbose: boolean) {
    this.#verbose = verbose
    this.#outcomes = new Map(report.outcomes.map((outcome) => [`${outcome.actor} ${outcome.index}`, outcome]))
  }

  add(event: TraceEvent): void {
    switch (event.kind) {
      case 'step':
        this.#open.set(event.task, { line: this.#push(event, event.text, 'plain', true), at: this.lines.length - 1 })
        return
      case 'outcome':
        this.#endStep(event)
        return
      case 'dma':
        this.#addDma(event)
        return
      case 'protocol':
        this.#addProtocol(event)
        return
      default: {
        const told = eventText(event, this.#verbose)
        if (told !== undefined) this.#push(event, told.text, told.tone)
      }
    }
  }

  /** On the line of the step, when nobody else did anything since. */
  #endStep(event: Extract<TraceEvent, { kind: 'outcome' }>): void {
    const open = this.#open.get(event.task)
    const outcome = this.#outcomes.get(`${event.task} ${event.index}`)
    const tone: Tone = outcome?.met === false ? 'bad' : event.ok ? 'plain' : 'warn'
    const result = resultText(event)
    this.#open.delete(event.task)
    if (open !== undefined && this.lines.slice(open.at).every(({ who }) => who === event.task)) {
      open.line.text += `: ${result}`
      open.line.tone = tone
      return
    }
    const took = open === undefined ? '' : ` after ${formatTicks(event.tick - open.line.tick)}`
    const text = open === undefined ? result : `${open.line.text}: ${result}${took}`
    this.#push(event, text, tone, true)
  }

  /** Transfers that follow each other over one route are one line; each route is written out once. */
  #addDma(event: Extract<TraceEvent, { kind: 'dma' }>): void {
    const route = event.route.join(' ')
    const end = event.arrived ? event.landing.replace(/ \+ 0x[0-9a-f]+$/, '') : event.landing
    const key = [event.task, event.device, event.access, event.length, end, route].join('|')
    if (this.#dma?.key === key && this.lines.at(-1) === this.#dma.line) {
      this.#dma.count++
      this.#dma.line.text = dmaText(this.#dma.event, this.#dma.count, this.#dma.withRoute).text
      return
    }
    const withRoute = !this.#routes.has(route)
    this.#routes.add(route)
    const { text, tone } = dmaText(event, 1, withRoute)
    this.#dma = { key, event, line: this.#push(event, text, tone), withRoute, count: 1 }
  }

  /** Steps of one protocol that follow each other are one line, unless somebody wants them all. */
  #addProtocol(event: Extract<TraceEvent, { kind: 'protocol' }>): void {
    const key = `${event.task}|${event.protocol}|${event.subject}`
    const step = `${event.name}${event.rule === '' ? '' : ` (${event.rule})`}`
    if (this.#verbose) {
      this.#push(event, `${event.protocol} ${event.subject}: ${step}`, 'faint')
    } else if (this.#protocol?.key !== key) {
      this.#protocol = {
        key,
        line: this.#push(
          event,
          `${event.protocol} ${event.subject}${event.rule === '' ? '' : ` (${event.rule})`}`,
          'plain',
        ),
      }
    }
  }

  #push(event: TraceEvent, text: string, tone: Tone, step = false): Line {
    const line: Line = { tick: event.tick, who: event.task, text, tone, step }
    this.lines.push(line)
    return line
  }
}

function resultText({ detail, rule }: Extract<TraceEvent, { kind: 'outcome' }>): string {
  return rule === undefined || rule === '' ? detail : `${detail} (${rule})`
}
