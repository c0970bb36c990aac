/** The events of a run, a line each, as in `barter run`. */
import { hex, type TraceEvent } from '@barter/core'

const MOST = 24

/** The last lines of a run. **Shape** fits 80 columns unless a name is long. */
export function timeline(events: readonly TraceEvent[], most = MOST): readonly string[] {
  const lines = events.flatMap((event) => {
    const what = textOf(event)
    return what === undefined ? [] : [line(event, what)]
  })
  const left = lines.length - most
  return left <= 0 ? lines : [`     ..  ${left} earlier events`, ...lines.slice(left)]
}

const line = ({ tick, task }: TraceEvent, what: string): string =>
  `${String(tick).padStart(7)}  ${task.slice(0, 20).padEnd(10)}  ${what}`

/** `undefined`: it says nothing that an author could use. */
function textOf(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case 'step':
      return event.text
    case 'outcome':
      return `  ${event.ok ? 'ok' : 'not ok'}: ${event.detail}`
    case 'blocked':
      return event.on === 'time' ? undefined : `waits for ${event.on} (${event.why})`
    case 'attach':
      return event.errno === undefined
        ? `${event.device} is attached to ${event.buffer}`
        : `attach refused: ${event.errno}`
    case 'detach':
      return `${event.device} is detached from ${event.buffer}`
    case 'map':
      return event.errno === undefined
        ? `${event.device} maps ${event.buffer}: mapping ${event.mapping ?? '?'}`
        : `${event.device} may not map ${event.buffer}: ${event.errno}`
    case 'unmap':
      return `${event.device} unmaps ${event.buffer}: mapping ${event.mapping}`
    case 'invalidate':
      return `${event.device} is told to let go of ${event.buffer}${event.mapped ? '' : ', with nothing mapped'}`
    case 'state':
      return `${event.buffer} is ${event.state}`
    case 'dma':
      return `${event.device} ${event.access === 'read' ? 'reads' : 'writes'} ${event.length} bytes at ${hex(event.address)}: ${event.landing}`
    case 'violation':
      return `VIOLATION ${event.violation.invariant}`
    case 'note':
      return event.text
    default:
      return undefined
  }
}
