/** The table of `npm run mutants`: as text within 80 columns, and as data. */
import type { Search } from './find.ts'
import type { Row } from './try-mutation.ts'

const WIDTHS = [8, 31, 11, 11, 7] as const
const INDENT = ' '.repeat(WIDTHS[0])
const LINE = 80

export function textOf(rows: readonly Row[]): string {
  const head = line(['bug', 'what is mutated', 'found by', 'schedules', 'steps', 'control'])
  const bad = rows.filter(({ good }) => !good).length
  const bugs = new Set(rows.map(({ bug }) => bug)).size
  const found = rows.filter(({ good, wanted }) => good && wanted !== undefined).length
  const harmless = rows.filter(({ good, wanted }) => good && wanted === undefined).length
  const sum = `${bugs} bugs, ${rows.length} mutants: ${found} found, ${harmless} not to be found, ${bad} not as they should be`
  return [head, ...rows.map(rowText), '', sum, ''].join('\n')
}

/** The rows as they are, for `--json`. */
export const jsonOf = (rows: readonly Row[]): string =>
  `${JSON.stringify({ schema: 'barter.mutants/1', good: rows.every(({ good }) => good), rows: rows.map(dataOf) }, null, 2)}\n`

const dataOf = ({ bug, mutated, wanted, reason, good, mutant, control }: Row) => ({
  bug,
  mutated,
  wanted: wanted ?? null,
  found: mutant.finding === undefined ? null : good && wanted !== undefined ? wanted : foundBy(mutant),
  ...(mutant.finding === undefined ? {} : { rule: mutant.finding.rule, message: mutant.finding.message }),
  coverage: mutant.coverage,
  schedules: mutant.schedules,
  states: mutant.states,
  length: mutant.length ?? null,
  reason: reason ?? null,
  control: {
    found: control.finding?.what ?? null,
    coverage: control.coverage,
    schedules: control.schedules,
    states: control.states,
  },
  good,
})

function rowText({ bug, mutated, mutant, control, reason, wanted, good }: Row): string {
  const [first = '', ...more] = wrapped(mutated, WIDTHS[1] - 2)
  const clean = control.finding === undefined ? `${control.coverage} ${control.schedules}` : `FINDS ${foundBy(control)}`
  const by = good && wanted !== undefined ? wanted : foundBy(mutant)
  const found = mutant.finding === undefined ? (wanted === undefined ? '-' : 'NOT FOUND') : by
  const length = mutant.length === undefined ? '' : `${mutant.length}`
  const cells = [bug, first, found, `${mutant.schedules}`, length, clean]
  const unlike =
    good || mutant.finding === undefined ? [] : [`wanted ${wanted ?? 'nothing'}: ${mutant.finding.message}`]
  const notes = [...(reason === undefined ? [] : [reason]), ...unlike]
  return [
    line(cells),
    ...more.map((text) => `${INDENT}${text}`),
    ...notes.flatMap((note) => wrapped(note, LINE - WIDTHS[0] - 2).map((text) => `${INDENT}  ${text}`)),
  ].join('\n')
}

const foundBy = ({ finding }: Search): string =>
  finding === undefined ? '' : finding.what === 'outcome' ? finding.rule || 'outcome' : finding.what

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join('')
    .trimEnd()

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let now = ''
  for (const word of text.split(' ')) {
    if (now !== '' && now.length + 1 + word.length > width) {
      lines.push(now)
      now = word
    } else now = now === '' ? word : `${now} ${word}`
  }
  return [...lines, now]
}
