/** `npm run mutants [-- BUG-50 …] [--json]` */
import { CATALOGUE } from './catalogue.ts'
import { jsonOf, textOf } from './table.ts'
import { Trial } from './try-mutation.ts'

export interface Output {
  readonly text: string
  readonly exitCode: 0 | 1 | 2
}

/** **Shape** `words`: bugs to be tried, all unless given, and `--json`. Exit code 1: one is not as it should be. */
export function mutants(words: readonly string[]): Output {
  const asked = words.filter((word) => word !== '--json').map((word) => word.toUpperCase())
  const unknown = asked.filter((word) => !CATALOGUE.some(({ id }) => id === word))
  if (unknown.length > 0) return { text: `mutants: there is no ${unknown.join(', ')}\n`, exitCode: 2 }
  const trial = new Trial({ schedules: 300 })
  const rows = CATALOGUE.filter(({ id }) => asked.length === 0 || asked.includes(id)).flatMap((bug) => trial.rows(bug))
  return {
    text: words.includes('--json') ? jsonOf(rows) : textOf(rows),
    exitCode: rows.every(({ good }) => good) ? 0 : 1,
  }
}
