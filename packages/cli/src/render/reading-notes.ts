/** What a person has to know of the inputs themselves: what was inferred, and where they contradict each other. */
import type { MachineReading } from '@barter/inspect'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

/** At most so many of a kind: the JSON has them all. */
const MOST = 6

export function readingNotes(reading: MachineReading, columns: number, style: Style): string {
  const { notes, contradictions } = reading
  return [
    ...list(style.warn('the inputs contradict each other:'), contradictions, columns),
    ...list('taken for this answer:', notes, columns),
  ].join('\n')
}

function list(head: string, sentences: readonly string[], columns: number): string[] {
  if (sentences.length === 0) return []
  const more = sentences.length - MOST
  return [
    head,
    ...sentences.slice(0, MOST).map((sentence) => wrapAfter('  - ', sentence, columns)),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
    '',
  ]
}
