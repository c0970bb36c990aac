/** What several importers noticed and when marked steps began and ended, in order of time. */
import { fieldsOf, list, number, object, text } from '../json-value.ts'
import type { Json, JsonObject } from '../recording.ts'
import { type Done, saw, type Word } from '../word.ts'
import { MAIN } from '../stage.ts'

interface Entry {
  /** As a recording writes it. */
  readonly shown: readonly [string | null, string]
  readonly tick: number
  /** Order among entries of one tick. */
  readonly order: number
}

/** **Units** ticks between two interrupts of the timer in the recorded kernel (250 Hz). */
const TIMER_TICK = 4000
/** What follows from a timer of the importer. */
const BY_TIMER = ['worker-unmap', 'unmapped', 'worker-remap-ok', 'worker-remap-failed', 'fence-signalled']

export const timeline: Word = ({ args }, stage) => {
  const attachments = list(args.attachments).map(text)
  const marks = [...stage.marks]
  return {
    steps: attachments.map((name) => ({ verb: 'status', target: stage.now('import', name) })),
    saw: (done, of) => {
      const noticed = attachments.flatMap((name, i) => entriesOf(name, done[i]))
      const marked = marks.flatMap(({ mark, first, last }) => markEntries(mark, of(MAIN)[first], of(MAIN)[last]))
      const entries = [...noticed, ...marked].sort((a, b) => a.tick - b.tick || a.order - b.order)
      const events = entries.map(({ shown }): Json => [...shown])
      return { ...saw({ ok: true, events }), alike: (expected) => reordered(expected, entries) }
    },
  }
}

function entriesOf(attachment: string, done: Done | undefined): readonly Entry[] {
  return list(fieldsOf(done).history)
    .map(object)
    .map(({ event, tick, order }) => ({ shown: [attachment, text(event)], tick: number(tick), order: number(order) }))
}

/** A step begins before what happens in its first tick, and ends after what happens in its last. */
function markEntries(mark: string, first: Done | undefined, last: Done | undefined): readonly Entry[] {
  const entries: Entry[] = []
  if (first?.started !== undefined) entries.push({ shown: [null, `${mark}:start`], tick: first.started, order: -1 })
  if (last?.ended !== undefined) entries.push({ shown: [null, `${mark}:end`], tick: last.ended, order: Infinity })
  return entries
}

/**
 * The recorded list, put into our order where several importers' timers fell due together: which of them the recorded
 * machine served first, nothing says (`machine-timing`).
 */
function reordered(expected: JsonObject, entries: readonly Entry[]): JsonObject {
  const events = list(expected.events)
  if (events.length !== entries.length) return expected
  const result = [...events]
  for (const [from, to] of together(entries)) {
    const ours = entries.slice(from, to).map(({ shown }): Json => [...shown])
    if (sameEach(events.slice(from, to), ours)) result.splice(from, to - from, ...ours)
  }
  return { ...expected, events: result }
}

/** Runs of entries that timers brought about within one tick of the recorded timer. */
function together(entries: readonly Entry[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  let from = 0
  for (let at = 0; at <= entries.length; at++) {
    const entry = entries[at]
    const before = entries[at - 1]
    const goesOn = entry !== undefined && before !== undefined && byTimer(entry) && byTimer(before)
    if (at > 0 && goesOn && entry.tick - before.tick <= TIMER_TICK) continue
    if (at - from > 1) runs.push([from, at])
    from = at
  }
  return runs
}

const byTimer = ({ shown: [who, event] }: Entry): boolean => who !== null && BY_TIMER.includes(event)

/** Each importer noticed the same in the same order; only how they interleave differs. */
function sameEach(expected: readonly Json[], ours: readonly Json[]): boolean {
  const names = new Set([...expected, ...ours].map((entry) => list(entry)[0] ?? null))
  const of = (entries: readonly Json[], name: Json): string =>
    JSON.stringify(entries.filter((entry) => (list(entry)[0] ?? null) === name))
  return [...names].every((name) => of(expected, name) === of(ours, name))
}
