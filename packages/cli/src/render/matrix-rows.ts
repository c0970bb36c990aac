/** What stands at the left of the matrix: one device, or how many of which kind and where. */
import type { PciFunction } from '@barter/core'
import { canProvide, type FoldedMatrix, type FoldedRow, type Inspection } from '@barter/inspect'
import { deviceLabel, shortBdf } from './device-label.ts'

export interface MatrixRow {
  readonly index: number
  /** With its number. */
  readonly label: string
  /** Has a BAR to lend. */
  readonly lends: boolean
  /** How many switches its devices are behind. */
  readonly packs: number
  /** Between two of its devices behind one switch. */
  readonly within: string | null
  /** All of its devices, when there are several. */
  readonly members?: string
}

/** Of a row that stands for more, the JSON has them all. */
const MOST_PACKS = 4
const MOST_NAMES = 8

export function matrixRows(folded: FoldedMatrix<string>, report: Inspection): readonly MatrixRow[] {
  const devices = new Map(report.devices.map((device) => [device.bdf, device]))
  const oneDomain = new Set(report.devices.map(({ bdf }) => bdf.split(':')[0])).size === 1
  const name = (fn: PciFunction): string => (oneDomain ? shortBdf(fn.bdf) : fn.bdf)
  const what = (functions: readonly PciFunction[]): string => {
    const words = new Set(
      functions.map(({ bdf }) => devices.get(bdf)).map((one) => (one === undefined ? '' : deviceLabel(one))),
    )
    const classes = new Set(functions.map(({ bdf }) => devices.get(bdf)?.className ?? ''))
    return [...(words.size === 1 ? words : classes)].join(', ')
  }
  return folded.rows.map((row, index) => {
    const all = row.packs.flat()
    const [first] = all
    const count = all.length
    const label =
      first === undefined || count === 1
        ? `${first === undefined ? '' : name(first)} ${what(all)}`
        : `${name(first)} +${count - 1} ${what(all)}`
    return {
      index,
      label: `${String(index + 1).padStart(2)} ${label}`,
      lends: first !== undefined && canProvide(first),
      packs: row.packs.length,
      within: row.within,
      ...(count > 1 ? { members: membersOf(row, what(all), name) } : {}),
    }
  })
}

function membersOf({ packs }: FoldedRow<string>, what: string, name: (fn: PciFunction) => string): string {
  const count = packs.flat().length
  const [first = []] = packs
  if (packs.length === 1) return `${count} ${what}: ${ranges(first, MOST_NAMES, name)}`
  const shown = packs.slice(0, MOST_PACKS).map((pack) => ranges(pack, 1, name))
  const more = packs.length - shown.length
  return `${count} ${what} behind ${packs.length} switches or ports: ${shown.join('; ')}${more > 0 ? `; and behind ${more} more` : ''}`
}

/** `03:00.0-3, 04:00.0`: functions of one device drawn together; only the first and the last of more than `most` devices. */
function ranges(functions: readonly PciFunction[], most: number, name: (fn: PciFunction) => string): string {
  const parts: { slot: string; from: number; to: number }[] = []
  for (const fn of functions) {
    const text = name(fn)
    const slot = text.slice(0, -1)
    const number = Number(text.slice(-1))
    const last = parts.at(-1)
    if (last?.slot === slot && last.to === number - 1) last.to = number
    else parts.push({ slot, from: number, to: number })
  }
  const texts = parts.map(({ slot, from, to }) => (from === to ? `${slot}${from}` : `${slot}${from}-${to}`))
  const [first = '', last = ''] = [texts[0], texts.at(-1)]
  return texts.length <= most ? texts.join(', ') : `${first} to ${last}`
}
