/** The P2P matrix: a row for whose BAR it is, a column for who reads or writes it, one letter a cell. */
import type { PciFunction, Topology } from '@barter/core'
import {
  canProvide,
  type FoldedMatrix,
  foldMatrix,
  type Inspection,
  labelledMatrix,
  letterMatrix,
  VENDOR_LABELS,
  type VendorLabel,
} from '@barter/inspect'
import { type Letter, LEGEND } from './answer.ts'
import { type MatrixRow, matrixRows } from './matrix-rows.ts'
import type { Style } from './style.ts'
import { clip, wrapAfter } from './wrap.ts'

export interface Matrix {
  readonly text: string
  readonly letters: ReadonlySet<Letter>
  readonly labels: ReadonlySet<VendorLabel>
}

export interface MatrixOptions {
  readonly columns: number
  readonly style: Style
  /** The vendors' words beside our letters. */
  readonly labels?: boolean
}

/** Characters of a row's label: so many in any case, and at most. */
const LABEL = 34
const WIDE_LABEL = 56

/** **Shape** `functions`: who is on it, in bus order; blocks of as many columns as fit. */
export function renderMatrix(
  topology: Topology,
  functions: readonly PciFunction[],
  report: Inspection,
  { columns, style, labels = false }: MatrixOptions,
): Matrix {
  // Who has no BAR to lend is a column only, and comes last.
  const ordered = [...functions.filter(canProvide), ...functions.filter((fn) => !canProvide(fn))]
  const folded: FoldedMatrix<string> = labels
    ? foldMatrix(topology, labelledMatrix(topology, ordered), { devices: 5, packs: 14, mixed: 14 })
    : foldMatrix(topology, letterMatrix(topology, ordered))
  const rows = matrixRows(folded, report)
  const lenders = rows.filter(({ lends }) => lends)
  const grid = new Grid(folded, rows)
  const cell = labels ? grid.widest + 2 : rows.length < 10 ? 2 : rows.length < 100 ? 3 : 4
  const own = lenders.some(({ packs, within }) => packs > 1 && within !== null)
  // Few columns leave room for whole names.
  const room = Math.max(LABEL, columns - 3 - cell * (rows.length + (own ? 1 : 0)))
  const width = Math.min(room, WIDE_LABEL, Math.max(0, ...lenders.map(({ label }) => label.length)))
  const perBlock = Math.max(1, Math.floor((columns - width - 3) / cell) - (own ? 1 : 0))
  const lines: string[] = []
  for (let from = 0; from < rows.length; from += perBlock) {
    const block = rows.slice(from, from + perBlock)
    const head = [...(own ? ['own'] : []), ...block.map((_, i) => String(from + i + 1))]
    lines.push(`  ${'whose BAR'.padEnd(width)} ${style.faint(head.map((word) => word.padStart(cell)).join(''))}`)
    for (const row of lenders) {
      const cells = block.map((_, i) => grid.cell(row.index, from + i, own))
      const texts = [...(own ? [row.within ?? '·'] : []), ...cells]
      lines.push(
        `  ${clip(row.label, width).padEnd(width)} ${texts.map((text) => paint(text.padStart(cell), style)).join('')}`,
      )
    }
    lines.push('')
  }
  lines.push(...notes(rows, own, columns))
  return { text: lines.join('\n'), letters: grid.letters, labels: grid.labels }
}

/** The cells of a folded matrix as text, and which words they hold. */
class Grid {
  readonly letters = new Set<Letter>()
  readonly labels = new Set<VendorLabel>()
  readonly widest: number
  readonly #folded: FoldedMatrix<string>
  readonly #rows: readonly MatrixRow[]

  constructor(folded: FoldedMatrix<string>, rows: readonly MatrixRow[]) {
    this.#folded = folded
    this.#rows = rows
    let widest = 1
    for (const row of rows.filter(({ lends }) => lends)) {
      for (const other of rows) {
        for (const cell of [folded.at(row.index, other.index), row.within]) {
          if (cell === null) continue
          const [letter, label] = cell.split(' ') as [Letter, VendorLabel?]
          this.letters.add(letter)
          if (label !== undefined) this.labels.add(label)
          widest = Math.max(widest, cell.length)
        }
      }
    }
    this.widest = widest
  }

  cell(row: number, column: number, own: boolean): string {
    const found = this.#folded.at(row, column)
    if (found !== null) return found
    return (own ? null : this.#rows[row]?.within) ?? '·'
  }
}

function notes(rows: readonly MatrixRow[], own: boolean, columns: number): string[] {
  const only = rows.filter(({ lends }) => !lends)
  const several = rows.filter(({ members }) => members !== undefined)
  return [
    ...(own ? ['  own: between two devices of the row behind one switch', ''] : []),
    ...(only.length === 0
      ? []
      : ['  without a memory BAR, so columns only:', ...only.map(({ label }) => `  ${label}`), '']),
    ...(several.length === 0
      ? []
      : [
          '  rows that stand for several devices with the same answers:',
          ...several.map(({ index, members = '' }) =>
            wrapAfter(`  ${String(index + 1).padStart(2)}  `, members, columns),
          ),
          '',
        ]),
  ]
}

export function renderLegend({ letters, labels }: Pick<Matrix, 'letters' | 'labels'>, style: Style): string {
  // `e` speaks of the other two.
  const spoken = letters.has('e') ? new Set<Letter>([...letters, 'B', 'H']) : letters
  const known = (Object.keys(LEGEND) as Letter[]).filter((letter) => spoken.has(letter))
  const words = (Object.keys(VENDOR_LABELS) as (keyof typeof VENDOR_LABELS)[]).filter((word) => labels.has(word))
  return [
    ...known.map((letter) => `  ${paint(letter, style)}  ${LEGEND[letter]}`),
    ...(words.length === 0 ? [] : ['', '  In the words of nvidia-smi and NCCL, which do not look at ACS:']),
    ...words.map((word) => `  ${word.padEnd(4)}  ${VENDOR_LABELS[word]}`),
  ].join('\n')
}

function paint(text: string, style: Style): string {
  switch (text.trim()[0]) {
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
