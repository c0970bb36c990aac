/** The P2P matrix: a row for whose BAR it is, a column for who reads or writes it, one letter a cell. */
import type { Inspection } from '@barter/inspect'
import { answerLetter, type Letter, LEGEND } from './answer.ts'
import { deviceLabel, shortBdf } from './device-label.ts'
import type { Style } from './style.ts'
import { clip } from './wrap.ts'

export interface Matrix {
  readonly text: string
  readonly letters: ReadonlySet<Letter>
}

/** Characters of a row's label at most. */
const LABEL = 34

/** **Shape** blocks of as many columns as fit into `columns` characters. */
export function renderMatrix(report: Inspection, columns: number, style: Style): Matrix {
  const rows = [...new Set(report.pairs.map(({ provider }) => provider))]
  const cols = [...new Set([...rows, ...report.pairs.map(({ client }) => client)])]
  const letters = new Map(report.pairs.map((pair) => [`${pair.provider} ${pair.client}`, answerLetter(pair)]))
  const oneDomain = new Set(report.devices.map(({ bdf }) => bdf.split(':')[0])).size === 1
  const labels = new Map(cols.map((bdf, i) => [bdf, label(report, bdf, i + 1, oneDomain)]))
  const width = Math.min(LABEL, Math.max(0, ...rows.map((bdf) => labels.get(bdf)?.length ?? 0)))
  const cell = cols.length < 10 ? 2 : 3
  const perBlock = Math.max(1, Math.floor((columns - width - 3) / cell))
  const lines: string[] = []
  for (let from = 0; from < cols.length; from += perBlock) {
    const block = cols.slice(from, from + perBlock)
    const head = block.map((bdf) => String(cols.indexOf(bdf) + 1).padStart(cell)).join('')
    lines.push(`  ${'whose BAR'.padEnd(width)} ${style.faint(head)}`)
    for (const provider of rows) {
      const cells = block.map((client) => paint(cellOf(letters, provider, client).padStart(cell), style)).join('')
      lines.push(`  ${clip(labels.get(provider) ?? provider, width).padEnd(width)} ${cells}`)
    }
    lines.push('')
  }
  const only = cols.filter((bdf) => !rows.includes(bdf))
  if (only.length > 0) {
    lines.push('  without a memory BAR, so columns only:')
    for (const bdf of only) lines.push(`  ${labels.get(bdf) ?? bdf}`)
    lines.push('')
  }
  return { text: lines.join('\n'), letters: new Set(letters.values()) }
}

export function renderLegend(letters: ReadonlySet<Letter>, style: Style): string {
  // `e` speaks of the other two.
  const spoken = letters.has('e') ? new Set<Letter>([...letters, 'B', 'H']) : letters
  const known = (Object.keys(LEGEND) as Letter[]).filter((letter) => spoken.has(letter))
  return known.map((letter) => `  ${paint(letter, style)}  ${LEGEND[letter]}`).join('\n')
}

const cellOf = (letters: ReadonlyMap<string, Letter>, provider: string, client: string): string =>
  provider === client ? '·' : (letters.get(`${provider} ${client}`) ?? ' ')

function paint(text: string, style: Style): string {
  switch (text.trim()) {
    case 'B':
      return style.good(text)
    case 'x':
      return style.bad(text)
    case '?':
      return style.warn(text)
    default:
      return text
  }
}

function label(report: Inspection, bdf: string, number: number, oneDomain: boolean): string {
  const device = report.devices.find((one) => one.bdf === bdf)
  const what = device === undefined ? '' : ` ${deviceLabel(device)}`
  return `${String(number).padStart(2)} ${oneDomain ? shortBdf(bdf) : bdf}${what}`
}
