/** The list of examples, as text and as JSON. */
import type { Chapter } from '../examples/tour.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

const MORE = 'barter run NAME runs one; barter run --list WORD looks for a word or a rule.'

/** A line each, below the title of its chapter. */
export function renderExamples(chapters: readonly Chapter[], columns: number, style: Style): string {
  const width = Math.max(...chapters.flatMap(({ examples }) => examples.map(({ name }) => name.length)))
  const parts = chapters.map(({ title, examples }) =>
    [
      style.strong(title),
      ...examples.map((one) => wrapAfter(`  ${one.name.padEnd(width)}  `, one.title, columns)),
    ].join('\n'),
  )
  return `${parts.join('\n\n')}\n\n${MORE}\n`
}

export function examplesJson(chapters: readonly Chapter[]): string {
  const examples = chapters.flatMap(({ title, examples: below }) => below.map((one) => ({ chapter: title, ...one })))
  return `${JSON.stringify({ schema: 'barter.examples/1', examples }, null, 2)}\n`
}
