/**
 * Makes moments of the events of a run. What belongs together becomes one moment: a step and its outcome when nobody did
 * anything in between, transfers over one route, the reasons for which a device is dark.
 */
import type { Outcome, Report, TraceEvent } from '@barter/core'
import { formatTicks } from './duration.ts'
import {
  blockedText,
  type DarkEvent,
  darkText,
  dmaText,
  type EventOf,
  eventText,
  type EventText,
  portsOf,
  type Tone,
  unblockedText,
} from './event-text.ts'

export interface Moment {
  readonly tick: number
  readonly who: string
  text: string
  tone: Tone
  /** Begins or ends a step of an actor. */
  readonly step: boolean
}

export function tellMoments(report: Report, verbose: boolean): readonly Moment[] {
  const teller = new Teller(report, verbose)
  for (const event of report.events) teller.tell(event)
  return teller.moments
}

/** Steps that only pass time: how they begin is no news. */
const PASSES_TIME = /^(?:wait|sleep) /

interface OpenStep {
  readonly text: string
  readonly tick: number
  /** Its moment and the place of that, if it was told. */
  readonly moment: Moment | undefined
  readonly at: number
}

class Teller {
  readonly moments: Moment[] = []
  readonly #verbose: boolean
  readonly #outcomes: ReadonlyMap<string, Outcome>
  readonly #open = new Map<string, OpenStep>()
  /** Routes and reasons that were written out once. */
  readonly #told = new Set<string>()
  readonly #dark = new Map<string, Moment>()
  #dma:
    | {
        readonly key: string
        readonly event: EventOf<'dma'>
        readonly route: string
        readonly moment: Moment
        count: number
      }
    | undefined

  constructor(report: Report, verbose: boolean) {
    this.#verbose = verbose
    this.#outcomes = new Map(report.outcomes.map((outcome) => [`${outcome.actor} ${outcome.index}`, outcome]))
  }

  tell(event: TraceEvent): void {
    switch (event.kind) {
      case 'step':
        this.#beginStep(event)
        return
      case 'outcome':
        this.#endStep(event)
        return
      case 'blocked':
      case 'unblocked':
        this.#tellWait(event)
        return
      case 'dma':
        this.#tellDma(event)
        return
      case 'dark':
      case 'light':
        this.#tellDark(event)
        return
      case 'map':
        this.#add(event, eventText(this.#shortened(event), this.#verbose))
        return
      default:
        this.#add(event, eventText(event, this.#verbose))
    }
  }

  #beginStep(event: EventOf<'step'>): void {
    const { text, tick } = event
    const told = this.#verbose || !PASSES_TIME.test(text)
    const at = this.moments.length
    const moment = told ? this.#push(event, { text, tone: 'plain' }, true) : undefined
    this.#open.set(event.task, { text, tick, moment, at })
  }

  /** On the line of the step, when nobody else did anything since. */
  #endStep(event: EventOf<'outcome'>): void {
    const open = this.#open.get(event.task)
    const outcome = this.#outcomes.get(`${event.task} ${event.index}`)
    const tone: Tone = outcome?.met === false ? 'bad' : event.ok ? 'plain' : 'warn'
    const result = event.rule === undefined || event.rule === '' ? event.detail : `${event.detail} (${event.rule})`
    this.#open.delete(event.task)
    if (open?.moment === undefined) {
      const text = open?.text ?? 'step'
      if (!text.startsWith('sleep ') || tone === 'bad') this.#push(event, { text: `${text}: ${result}`, tone }, true)
      return
    }
    const alone = this.moments.slice(open.at).every(({ who }) => who === event.task)
    if (alone) {
      const took = event.tick - open.tick
      open.moment.text += `: ${result}${took < 1000 ? '' : `, after ${formatTicks(took)}`}`
      open.moment.tone = tone
    } else {
      this.#push(event, { text: `${open.text}: ${result}, after ${formatTicks(event.tick - open.tick)}`, tone }, true)
    }
  }

  /** Waits for time, and those of steps that do nothing but wait, are no news; for a lock that somebody holds, they are. */
  #tellWait(event: EventOf<'blocked'> | EventOf<'unblocked'>): void {
    const passing = event.on === 'time' || PASSES_TIME.test(this.#open.get(event.task)?.text ?? '')
    if (passing && !this.#verbose) return
    if (event.kind === 'blocked') this.#add(event, blockedText(event))
    else if (this.#verbose || event.ticks >= 1000) this.#add(event, unblockedText(event))
  }

  /** Each route is written out once. */
  #tellDma(event: EventOf<'dma'>): void {
    const ports = this.#verbose ? event.route.join(' > ') : portsOf(event.route)
    const landing = event.arrived ? event.landing.replace(/ \+ 0x[0-9a-f]+$/, '') : event.landing
    const key = [event.task, event.device, event.access, event.length, event.arrived, landing, ports].join('|')
    const last = this.#dma
    if (last?.key === key && this.moments.at(-1) === last.moment) {
      last.count++
      last.moment.text = dmaText(last.event, last.count, last.route).text
      return
    }
    const route = this.#once(ports) ? ports : ''
    this.#dma = { key, event, route, moment: this.#push(event, dmaText(event, 1, route)), count: 1 }
  }

  /** A device that is dark may get more reasons to be. */
  #tellDark(event: DarkEvent): void {
    const before = this.#dark.get(event.device)
    if (event.kind === 'light') {
      this.#dark.delete(event.device)
      this.#push(event, darkText(event, this.#verbose ? event.why : ''))
    } else if (before === undefined || this.#verbose) {
      this.#dark.set(event.device, this.#push(event, darkText(event, event.why)))
    } else if (!before.text.includes(event.why)) {
      before.text += `, then ${event.why}`
    }
  }

  /** A reason that was given once is not given again. */
  #shortened(event: EventOf<'map'>): EventOf<'map'> {
    const known = !this.#once(`${event.device} ${event.buffer} ${event.why}`)
    return known && !this.#verbose && event.errno === undefined ? { ...event, why: '' } : event
  }

  #once(what: string): boolean {
    if (this.#told.has(what)) return false
    this.#told.add(what)
    return true
  }

  #add(event: TraceEvent, told: EventText | undefined): void {
    if (told !== undefined) this.#push(event, told)
  }

  #push(event: TraceEvent, { text, tone }: EventText, step = false): Moment {
    const moment: Moment = { tick: event.tick, who: event.task, text, tone, step }
    this.moments.push(moment)
    return moment
  }
}
