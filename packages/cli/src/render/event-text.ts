/** What happened, in words: one clause for each kind of event, or nothing for what only a verbose reader wants. */
import { formatLength, hex, type TraceEvent, UNMET } from '@barter/core'
import { shortBdf } from './device-label.ts'
import { formatTicks } from './duration.ts'
import { clip } from './wrap.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'faint'

export interface EventText {
  readonly text: string
  readonly tone: Tone
}

export type EventOf<K extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: K }>
export type DarkEvent = Extract<TraceEvent, { readonly kind: 'dark' | 'light' }>

/** Events that are told one by one; tell-moments.ts joins the others. */
export type PlainEvent = Exclude<TraceEvent, DarkEvent | EventOf<'step' | 'outcome' | 'dma' | 'blocked' | 'unblocked'>>

/** `undefined`: left out unless `verbose`. */
export function eventText(event: PlainEvent, verbose: boolean): EventText | undefined {
  switch (event.kind) {
    case 'protocol':
      return verbose ? faint(`${event.protocol} ${event.subject}: ${event.name}${ruleOf(event.rule)}`) : undefined
    case 'export':
      if (!verbose && event.state === 'live') return undefined
      return plain(
        `${event.buffer}: BAR ${event.bar} of ${event.device}, ${formatLength(event.length)}, ${event.state}`,
      )
    case 'attach':
      if (event.errno !== undefined) {
        return warn(`${event.device} may not attach to ${event.buffer}: ${event.errno}${ruleOf(event.rule)}`)
      }
      return verbose ? plain(`${event.device} attached to ${event.buffer}`) : undefined
    case 'detach':
      return verbose ? plain(`${event.device} detached from ${event.buffer}`) : undefined
    case 'map':
      return mapText(event)
    case 'unmap':
      return plain(`${event.device} gives its addresses of ${event.buffer} back`)
    case 'invalidate':
      if (!event.mapped && !verbose) return undefined
      return plain(
        `${event.device} is told to let go of ${event.buffer}${event.mapped ? '' : ', which it has not mapped'}`,
      )
    case 'state':
      return {
        text: `${event.buffer} is ${event.state}${ruleOf(event.rule)}`,
        tone: event.state === 'live' ? 'good' : 'warn',
      }
    case 'config-write':
      if (!verbose) return undefined
      return faint(`config write to ${event.device}: ${hex(event.offset)} := ${hex(event.value)} (${event.width} B)`)
    case 'iommu':
      if (event.action === 'fault') return warn(`IOMMU fault of ${event.device}${placeOf(event)}: ${event.why ?? ''}`)
      return verbose ? faint(`IOMMU ${event.action} for ${event.device}${placeOf(event)}`) : undefined
    case 'log':
      return verbose ? faint(`kernel log: ${event.message}${ruleOf(event.rule)}`) : undefined
    case 'violation':
      return {
        text: `${violationTitle(event.violation.invariant)}: ${clip(event.violation.message, verbose ? Infinity : 80)}`,
        tone: 'bad',
      }
    case 'note':
      return verbose ? faint(`${event.text}${ruleOf(event.rule)}`) : undefined
  }
}

/** A step that did not end as the scenario says breaks no rule of the kernel. */
export const violationTitle = (invariant: string): string =>
  invariant === UNMET ? 'NOT AS EXPECTED' : `VIOLATION of ${invariant}`

function mapText(event: EventOf<'map'>): EventText {
  if (event.errno !== undefined) {
    return warn(`${event.device} may not map ${event.buffer}: ${event.errno}, ${event.why}${ruleOf(event.rule)}`)
  }
  const kind = ADDRESS[event.addressKind ?? 'phys']
  const at = event.address === undefined ? '' : ` ${hex(event.address)}`
  const why = event.why === '' ? '' : `: ${event.why}`
  return { text: `${event.device} maps ${event.buffer} at ${kind}${at}${why}${ruleOf(event.rule)}`, tone: 'good' }
}

const ADDRESS = { bus: 'bus address', phys: 'physical address', iova: 'IOVA' } as const

export function blockedText(event: EventOf<'blocked'>): EventText {
  if (event.on === 'time') return faint(event.why)
  const mode = event.mode === 'read' ? ' (to read)' : ''
  const held = event.holder === undefined ? ` (${event.why})` : `, held by ${event.holder}`
  return warn(`waits for ${event.on}${mode}${held}`)
}

export const unblockedText = ({ on, ticks }: EventOf<'unblocked'>): EventText =>
  faint(on === 'time' ? `wakes up after ${formatTicks(ticks)}` : `has ${on} after ${formatTicks(ticks)}`)

/** **Shape** `why`: the reasons for which it is dark; none for a reader who does not want them. */
export const darkText = ({ device, kind }: DarkEvent, why: string): EventText =>
  kind === 'dark'
    ? warn(`${device} goes dark: ${why}`)
    : { text: `${device} answers again${why === '' ? '' : `: ${why}`}`, tone: 'good' }

/** Several transfers over one route, as one. **Shape** `route`: the ports to name, or none. */
export function dmaText(event: EventOf<'dma'>, count: number, route: string): EventText {
  const size = count === 1 ? formatLength(event.length) : `${count} x ${formatLength(event.length)}`
  const verb = event.access === 'write' ? 'writes' : 'reads'
  const head = `${event.device} ${verb} ${size}`
  const end = event.arrived ? `${head}: ${event.landing}` : `${head}, lost: ${event.landing}`
  return { text: `${end}${route === '' ? '' : `, by way of ${route}`}`, tone: event.arrived ? 'plain' : 'warn' }
}

/** The ports of a route without what each of them did. */
export function portsOf(route: readonly string[]): string {
  const ports = route.map((hop) => /^host bridge \S+|^\S+/.exec(hop)?.[0] ?? hop)
  return ports.map(shortBdf).join(' > ')
}

function placeOf({ address, length }: EventOf<'iommu'>): string {
  return `${address === undefined ? '' : ` at ${hex(address)}`}${length === undefined ? '' : `, ${formatLength(length)}`}`
}

const plain = (text: string): EventText => ({ text, tone: 'plain' })
const faint = (text: string): EventText => ({ text, tone: 'faint' })
const warn = (text: string): EventText => ({ text, tone: 'warn' })
const ruleOf = (rule: string | undefined): string => (rule === undefined || rule === '' ? '' : ` (${rule})`)
