/** `npm run mutants [-- BUG-50 …] [--json]` */
import { CATALOGUE } from './catalogue.ts'
import { jsonOf, textOf } from './table.ts'
import { type Row, Trial } from './try-mutation.ts'

export interface Output {
  readonly text: string
  readonly exitCode: 0 | 1 | 2
}

/** **Shape** `words`: bugs to be tried, all unless given, and `--json`; `root`: the repository. Exit code 1: one is not as it should be. */
export async function mutants(words: readonly string[], root: string): Promise<Output> {
  const asked = words.filter((word) => word !== '--json').map((word) => word.toUpperCase())
  const unknown = asked.filter((word) => !CATALOGUE.some(({ id }) => id === word))
  if (unknown.length > 0) return { text: `mutants: there is no ${unknown.join(', ')}\n`, exitCode: 2 }
  const trial = new Trial(root)
  const rows: Row[] = []
  for (const bug of CATALOGUE) {
    if (asked.length === 0 || asked.includes(bug.id)) rows.push(...(await trial.rows(bug)))
  }
  return {
    text: words.includes('--json') ? jsonOf(rows) : textOf(rows),
    exitCode: rows.every(({ good }) => good) ? 0 : 1,
  }
}
