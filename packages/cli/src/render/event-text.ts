/** What happened, in words: one clause for each kind of event, or nothing for what only a verbose reader wants. */
import { formatLength, hex, type TraceEvent } from '@barter/core'
import { formatTicks } from './duration.ts'
import { shortBdf } from './device-label.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'faint'

export interface EventText {
  readonly text: string
  readonly tone: Tone
}

/** Events that the timeline shows by itself. */
type Told = Exclude<TraceEvent, { readonly kind: 'step' | 'outcome' | 'dma' | 'protocol' }>

/** `undefined`: left out unless `verbose`. */
export function eventText(event: Told, verbose: boolean): EventText | undefined {
  switch (event.kind) {
    case 'blocked':
      return { text: `waits for ${waitText(event)}`, tone: 'warn' }
    case 'unblocked':
      return verbose || event.ticks >= 10
        ? { text: `goes on after ${formatTicks(event.ticks)}`, tone: 'faint' }
        : undefined
    case 'export':
      return verbose
        ? plain(`${event.buffer}: BAR ${event.bar} of ${event.device}, ${formatLength(event.length)}, ${event.state}`)
        : undefined
    case 'attach':
      if (event.errno !== undefined)
        return {
          text: `${event.device} may not attach to ${event.buffer}: ${event.errno}${ruleOf(event.rule)}`,
          tone: 'warn',
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
    case 'dark':
      return { text: `${event.device} goes dark: ${event.why}`, tone: 'warn' }
    case 'light':
      return { text: `${event.device} answers again: ${event.why}`, tone: 'good' }
    case 'config-write':
      return verbose
        ? faint(`config write to ${event.device}: ${hex(event.offset)} := ${hex(event.value)} (${event.width} B)`)
        : undefined
    case 'iommu':
      if (event.action === 'fault')
        return { text: `IOMMU fault of ${event.device}${placeOf(event)}: ${event.why ?? ''}`, tone: 'warn' }
      return verbose ? faint(`IOMMU ${event.action} for ${event.device}${placeOf(event)}`) : undefined
    case 'log':
      return faint(`kernel log: ${event.message}${ruleOf(event.rule)}`)
    case 'violation':
      return { text: `VIOLATION of ${event.violation.invariant}: ${event.violation.message}`, tone: 'bad' }
    case 'note':
      return faint(`${event.text}${ruleOf(event.rule)}`)
  }
}

type Of<K extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: K }>

function mapText(event: Of<'map'>): EventText {
  if (event.errno !== undefined) {
    return {
      text: `${event.device} may not map ${event.buffer}: ${event.errno}, ${event.why}${ruleOf(event.rule)}`,
      tone: 'warn',
    }
  }
  const kind = ADDRESS[event.addressKind ?? 'phys']
  const at = event.address === undefined ? '' : ` ${hex(event.address)}`
  return {
    text: `${event.device} maps ${event.buffer} at ${kind}${at}: ${event.why}${ruleOf(event.rule)}`,
    tone: 'good',
  }
}

const ADDRESS = { bus: 'bus address', phys: 'physical address', iova: 'IOVA' } as const

function waitText(event: Of<'blocked'>): string {
  const mode = event.mode === 'read' ? ' (read)' : ''
  const holder = event.holder === undefined ? '' : `, held by ${event.holder}`
  return `${event.on}${mode}${holder}${event.why === '' ? '' : ` (${event.why})`}`
}

/** Several transfers over one route, as one. */
export function dmaText(event: Of<'dma'>, count: number, withRoute: boolean): EventText {
  const size = count === 1 ? formatLength(event.length) : `${count} x ${formatLength(event.length)}`
  const verb = event.access === 'write' ? 'writes' : 'reads'
  const way = withRoute && event.route.length > 0 ? ` by way of ${event.route.map(shortBdf).join(' > ')}` : ''
  const end = event.arrived ? `arrives: ${event.landing}` : `does not arrive: ${event.landing}`
  return { text: `${event.device} ${verb} ${size}, ${end}${way}`, tone: event.arrived ? 'plain' : 'warn' }
}

function placeOf({ address, length }: Of<'iommu'>): string {
  return `${address === undefined ? '' : ` at ${hex(address)}`}${length === undefined ? '' : `, ${formatLength(length)}`}`
}

const plain = (text: string): EventText => ({ text, tone: 'plain' })
const faint = (text: string): EventText => ({ text, tone: 'faint' })
const ruleOf = (rule: string | undefined): string => (rule === undefined || rule === '' ? '' : ` (${rule})`)
