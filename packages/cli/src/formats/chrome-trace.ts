/**
 * A run as Chrome trace events, which Perfetto opens: a track for each thread, a slice for each step of an actor, and a flow
 * for each mapping from where it was made over the revoke to where it was given back.
 */
import type { Report, TraceEvent } from '@barter/core'
import { eventText, type PlainEvent } from '../render/event-text.ts'

const PID = 1

type ChromeEvent = Readonly<Record<string, unknown>>

export function chromeTrace(report: Report): string {
  const threads = [...new Set(report.events.map(({ task }) => task))]
  const tid = (task: string): number => threads.indexOf(task) + 1
  const events: ChromeEvent[] = [
    { name: 'process_name', ph: 'M', pid: PID, tid: 0, args: { name: report.title } },
    ...threads.map((name) => ({ name: 'thread_name', ph: 'M', pid: PID, tid: tid(name), args: { name } })),
    ...slices(report, tid),
    ...report.events.flatMap((event) => instant(event, tid)),
    ...flows(report.events, tid),
  ]
  return `${JSON.stringify({ displayTimeUnit: 'ns', traceEvents: events }, null, 1)}\n`
}

/** Steps of actors; one that never ended goes on to the end. */
function slices(report: Report, tid: (task: string) => number): readonly ChromeEvent[] {
  return report.outcomes.flatMap(({ actor, text, started, ended, result }) =>
    started === undefined
      ? []
      : [
          {
            name: text,
            cat: 'step',
            ph: 'X',
            pid: PID,
            tid: tid(actor),
            ts: started,
            dur: Math.max(1, (ended ?? report.ticks) - started),
            args: { result: result.kind },
          },
        ],
  )
}

function instant(event: TraceEvent, tid: (task: string) => number): readonly ChromeEvent[] {
  if (LEFT_OUT.has(event.kind)) return []
  const told = eventText(event as PlainEvent, true)
  if (told === undefined) return []
  const head = { name: told.text, cat: event.kind, ph: 'i', s: 't', pid: PID, tid: tid(event.task), ts: event.tick }
  return [{ ...head, args: { seq: event.seq } }]
}

const LEFT_OUT: ReadonlySet<string> = new Set(['step', 'outcome', 'dma', 'blocked', 'unblocked', 'dark', 'light'])

interface OpenMapping {
  readonly buffer: string
  readonly device: string
  readonly mapping: number
  readonly task: string
}

/** From map over invalidate to unmap, or to the end of the run. Each end needs a slice to hang on. */
function flows(events: readonly TraceEvent[], tid: (task: string) => number): readonly ChromeEvent[] {
  const open: OpenMapping[] = []
  const point = (ph: string, id: number, name: string, task: string, ts: number): readonly ChromeEvent[] => {
    const base = { pid: PID, tid: tid(task), ts }
    return [
      { name, cat: 'mapping', ph: 'X', dur: 1, ...base },
      { name: 'mapping', cat: 'mapping', ph, id, ...base, ...(ph === 'f' ? { bp: 'e' } : {}) },
    ]
  }
  const told = events.flatMap((event): readonly ChromeEvent[] => {
    const at = (ph: string, id: number, name: string): readonly ChromeEvent[] =>
      point(ph, id, name, event.task, event.tick)
    if (event.kind === 'map' && event.mapping !== undefined) {
      open.push({ buffer: event.buffer, device: event.device, mapping: event.mapping, task: event.task })
      return at('s', event.mapping, `map ${event.buffer} for ${event.device}`)
    }
    if (event.kind === 'invalidate') {
      const held = open.filter(({ buffer, device }) => buffer === event.buffer && device === event.device)
      return held.flatMap(({ mapping }) => at('t', mapping, `revoke: ${event.device} is told`))
    }
    if (event.kind !== 'unmap') return []
    const found = open.findIndex(({ mapping }) => mapping === event.mapping)
    if (found < 0) return []
    open.splice(found, 1)
    return at('f', event.mapping, `unmap ${event.buffer} for ${event.device}`)
  })
  const end = events.at(-1)?.tick ?? 0
  const left = open.flatMap(({ buffer, device, mapping, task }) =>
    point('f', mapping, `${buffer} is still mapped for ${device}`, task, end),
  )
  return [...told, ...left]
}
