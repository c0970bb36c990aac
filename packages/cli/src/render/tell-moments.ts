/**
 * Makes moments of the events of a run. What belongs together becomes one moment: a step and its outcome when nobody did
 * anything in between, transfers over one route, the reasons for which a device is dark.
 */
import type { Outcome, Report, TraceEvent } from '@barter/core'
import { briefly } from './brief.ts'
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
import type { Detail, Moment } from './moment.ts'
import { unremarkable } from './notable.ts'

export function tellMoments(report: Report, detail: Detail): readonly Moment[] {
  const skipped = detail === 'verbose' ? new Set<number>() : unremarkable(report.events)
  const teller = new Teller(report.outcomes, detail)
  for (const event of report.events) if (!skipped.has(event.seq)) teller.tell(event)
  return detail === 'brief' ? briefly(teller.moments) : teller.moments
}

/** Steps that only pass time: how they begin is no news. */
const PASSES_TIME = /^(?:wait|sleep) /
/** **Units** ticks; what takes less is not said to have taken time. */
const LONG = 1000

const AT_ONCE = 10
/** Characters that a step and its result have on one line, nearly. */
const LINE = 50

interface OpenStep {
  readonly text: string
  readonly tick: number
  /** Its moment and the place of that, if it was told. */
  readonly moment: Moment | undefined
  readonly at: number
}

interface Transfers {
  readonly key: string
  readonly first: EventOf<'dma'>
  readonly route: string
  readonly moment: Moment
  count: number
}

class Teller {
  readonly moments: Moment[] = []
  readonly #detail: Detail
  readonly #verbose: boolean
  readonly #outcomes: ReadonlyMap<string, Outcome>
  readonly #open = new Map<string, OpenStep>()
  /** Actors that are through with their steps. */
  readonly #ended = new Set<string>()
  /** Routes and reasons that were written out once. */
  readonly #told = new Set<string>()
  readonly #dark = new Map<string, Moment>()
  #transfers: Transfers | undefined
  #invalidated: { readonly event: EventOf<'invalidate'>; readonly moment: Moment } | undefined

  constructor(outcomes: readonly Outcome[], detail: Detail) {
    this.#detail = detail
    this.#verbose = detail === 'verbose'
    this.#outcomes = new Map(outcomes.map((outcome) => [`${outcome.actor} ${outcome.index}`, outcome]))
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
        this.#push(event, blockedText(event))
        return
      case 'unblocked':
        this.#push(event, unblockedText(event))
        return
      case 'dma':
        this.#tellTransfer(event)
        return
      case 'dark':
      case 'light':
        this.#tellDark(event)
        return
      case 'attach':
        if (!this.#isToldByStep(event)) this.#add(event, eventText(event, this.#verbose))
        return
      case 'map':
        if (!this.#isToldByStep(event)) {
          this.#add(
            event,
            eventText(this.#shortened(event), this.#verbose),
            this.#refusedAgain(event) ? 'passing' : 'plain',
          )
        }
        return
      case 'unmap':
        if (!this.#joinsInvalidate(event)) this.#add(event, eventText(event, this.#verbose))
        return
      case 'invalidate': {
        const moment = this.#add(event, eventText(event, this.#verbose), 'turn')
        this.#invalidated = moment === undefined ? undefined : { event, moment }
        return
      }
      case 'state':
        this.#add(event, eventText(event, this.#verbose), event.state === 'released' ? 'passing' : 'turn')
        return
      default:
        this.#add(event, eventText(event, this.#verbose))
    }
  }

  #beginStep(event: EventOf<'step'>): void {
    const { text, tick } = event
    const told = this.#verbose || !PASSES_TIME.test(text)
    const at = this.moments.length
    const moment = told ? this.#push(event, { text, tone: 'plain' }, 'plain', 'begin') : undefined
    this.#open.set(event.task, { text, tick, moment, at })
  }

  /** On the line of the step, when nobody else did anything since. */
  #endStep(event: EventOf<'outcome'>): void {
    this.#tellStep(event)
    const known = this.#outcomes.has(`${event.task} ${event.index}`)
    if (known && !this.#outcomes.has(`${event.task} ${event.index + 1}`)) this.#ended.add(event.task)
  }

  #tellStep(event: EventOf<'outcome'>): void {
    const open = this.#open.get(event.task)
    this.#open.delete(event.task)
    const outcome = this.#outcomes.get(`${event.task} ${event.index}`)
    const tone: Tone = outcome?.met === false ? 'bad' : event.ok ? 'plain' : 'warn'
    const took = event.tick - (open?.tick ?? event.tick)
    const result = `${resultText(event)}${took < LONG ? '' : `, after ${formatTicks(took)}`}`
    if (open?.moment !== undefined && this.moments.slice(open.at).every(({ who }) => who === event.task)) {
      open.moment.text += `: ${result}`
      open.moment.tone = tone
      open.moment.part = 'whole'
      return
    }
    const text = open?.text ?? 'step'
    const passing = PASSES_TIME.test(text) && tone === 'plain'
    if (passing && text.startsWith('sleep ') && !this.#verbose) return
    // What was said at the beginning is not said again.
    const short = open?.moment !== undefined && (this.#detail !== 'brief' || text.length + result.length > LINE)
    const head = short ? (text.split(',')[0] ?? text) : text
    this.#push(event, { text: `${head}: ${result}`, tone }, passing ? 'passing' : 'plain', 'end')
  }

  /** Each route is written out once. */
  #tellTransfer(event: EventOf<'dma'>): void {
    const ports = this.#verbose ? event.route.join(' > ') : portsOf(event.route)
    const landing = event.arrived ? event.landing.replace(/ \+ 0x[0-9a-f]+$/, '') : event.landing
    const key = [event.task, event.device, event.access, event.length, event.arrived, landing, ports].join('|')
    const last = this.#transfers
    if (last?.key === key && this.moments.slice(this.moments.indexOf(last.moment) + 1).every(isPassing)) {
      last.count++
      last.moment.text = dmaText(last.first, last.count, last.route).text
      return
    }
    const route = this.#detail !== 'brief' && this.#once(ports) ? ports : ''
    this.#transfers = { key, first: event, route, moment: this.#push(event, dmaText(event, 1, route)), count: 1 }
  }

  /** A driver switches decoding off right before it resets: then the second reason is the one that counts. */
  #tellDark(event: DarkEvent): void {
    const before = this.#dark.get(event.device)
    if (event.kind === 'light') {
      this.#dark.delete(event.device)
      this.#push(event, darkText(event, this.#verbose ? event.why : ''), 'turn')
    } else if (before === undefined || this.#verbose) {
      this.#dark.set(event.device, this.#push(event, darkText(event, event.why), 'turn'))
    } else if (event.tick - before.tick < AT_ONCE) {
      before.text = darkText(event, event.why).text
    }
  }

  /** A refusal in the thread of an actor comes back as the result of its step. */
  #isToldByStep(event: EventOf<'attach' | 'map'>): boolean {
    return !this.#verbose && event.errno !== undefined && this.#open.has(event.task)
  }

  /** In a brief story one refusal stands for all of them: the steps say how many there were. */
  #refusedAgain({ device, buffer, errno }: EventOf<'map'>): boolean {
    return this.#detail === 'brief' && errno !== undefined && !this.#once(`refused ${device} ${buffer}`)
  }

  /** An importer that lets go as soon as it is told. */
  #joinsInvalidate({ device, buffer }: EventOf<'unmap'>): boolean {
    const told = this.#invalidated
    if (this.#verbose || told === undefined || this.moments.at(-1) !== told.moment) return false
    if (told.event.device !== device || told.event.buffer !== buffer) return false
    told.moment.text += ', and does'
    return true
  }

  /** A reason that was given once is not given again. */
  #shortened(event: EventOf<'map'>): EventOf<'map'> {
    if (this.#verbose || event.errno !== undefined) return event
    const known = !this.#once(`${event.device} ${event.buffer} ${event.why}`)
    return known || this.#detail === 'brief' ? { ...event, why: '' } : event
  }

  #once(what: string): boolean {
    if (this.#told.has(what)) return false
    this.#told.add(what)
    return true
  }

  #add(event: TraceEvent, told: EventText | undefined, weight: Moment['weight'] = 'plain'): Moment | undefined {
    return told === undefined ? undefined : this.#push(event, told, weight)
  }

  #push(
    event: TraceEvent,
    { text, tone }: EventText,
    weight: Moment['weight'] = 'plain',
    part: Moment['part'] = 'event',
  ): Moment {
    // What an actor's thread does after its last step, it does as a process that ends.
    if (this.#ended.delete(event.task)) this.#push(event, PROCESS_ENDS, 'passing', 'whole')
    const moment: Moment = { tick: event.tick, who: event.task, text, tone, part, weight }
    this.moments.push(moment)
    return moment
  }
}

const PROCESS_ENDS: EventText = { text: 'its process ends, and closes what it has open', tone: 'plain' }

const isPassing = ({ weight }: Moment): boolean => weight === 'passing'

/** `ok: 6 ok, 2 error (...)` counts by itself. */
function resultText({ detail, rule }: EventOf<'outcome'>): string {
  const text = detail.replace(/^ok: (?=\d+ )/, '')
  if (rule === undefined || rule === '') return text
  return text.endsWith(')') ? `${text.slice(0, -1)}, ${rule})` : `${text} (${rule})`
}
