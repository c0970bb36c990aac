/** A fleet as a table: a row a capture while they are read, and what they come to at the end. */
import type { Letter } from '@barter/inspect'
import type { FleetRow } from '../fleet/fleet-row.ts'
import { LEGEND } from './answer.ts'
import { plural } from './machine-summary.ts'
import type { Style } from './style.ts'
import { clip, wrapAfter } from './wrap.ts'

const LETTERS: readonly Letter[] = ['B', 'H', 'e', 'x', '?']
const COUNT = 6
const SHAPE = 8
/** Shapes that are listed at the end. */
const MOST_SHAPES = 8

export class FleetTable {
  readonly #columns: number
  readonly #style: Style
  readonly #required: boolean
  readonly #shapes = new Map<string, { readonly first: string; count: number }>()
  #read = 0
  #bad = 0
  #unmet = 0

  constructor(columns: number, style: Style, required: boolean) {
    this.#columns = columns
    this.#style = style
    this.#required = required
  }

  head(): string {
    const counts = LETTERS.map((letter) => letter.padStart(COUNT)).join('')
    const required = this.#required ? '  met' : ''
    return `${this.#style.faint(`${'capture'.padEnd(this.#nameWidth)}${'dev'.padStart(5)}${counts}  ${'shape'.padEnd(SHAPE)}${required}`)}\n`
  }

  row(row: FleetRow): string {
    const name = endOf(row.file, this.#nameWidth)
    if (!row.read) {
      this.#bad++
      const head = clip(`${name.padEnd(this.#nameWidth)}  not read: ${row.code}`, this.#columns)
      return `${head}\n${wrapAfter('    ', row.reason, this.#columns)}\n`
    }
    this.#read++
    if (row.met === false) this.#unmet++
    const known = this.#shapes.get(row.shape)
    if (known === undefined) this.#shapes.set(row.shape, { first: row.file, count: 1 })
    else known.count++
    const counts = LETTERS.map((letter) => paint(letter, row.answers[letter], this.#style)).join('')
    const met =
      row.met === undefined ? '' : `  ${row.met === true ? 'yes' : row.met === false ? this.#style.bad('NO') : '?'}`
    return `${name.padEnd(this.#nameWidth)}${String(row.devices).padStart(5)}${counts}  ${row.shape.slice(0, SHAPE)}${met}\n`
  }

  end(): string {
    const columns = this.#columns
    const shapes = [...this.#shapes].sort(([, a], [, b]) => b.count - a.count)
    const parts = [
      `${plural(this.#read + this.#bad, 'capture')}: ${this.#read} read, ${this.#bad} not`,
      plural(shapes.length, 'shape'),
      ...(this.#required ? [`${this.#unmet} that do not meet what is required`] : []),
    ]
    const repeated = shapes.filter(([, { count }]) => count > 1)
    return `${[
      '',
      wrapAfter('', parts.join('; '), columns),
      ...repeated
        .slice(0, MOST_SHAPES)
        .map(([shape, { first, count }]) =>
          clip(`  ${shape.slice(0, SHAPE)}  ${String(count).padStart(6)} alike, as ${first}`, columns),
        ),
      '',
      wrapAfter(
        '  ',
        'dev: devices that people pair; B to ?: how many ordered pairs of them have which answer.',
        columns,
      ),
      ...LETTERS.map((letter) => `  ${letter}  ${LEGEND[letter]}`),
    ].join('\n')}\n`
  }

  get #nameWidth(): number {
    return this.#columns - 5 - LETTERS.length * COUNT - 2 - SHAPE - (this.#required ? 5 : 0)
  }
}

/** The end of a path tells more than its beginning. */
const endOf = (path: string, width: number): string =>
  path.length <= width ? path : `…${path.slice(path.length - width + 1)}`

function paint(letter: Letter, count: number, style: Style): string {
  const text = (count === 0 ? '·' : String(count)).padStart(COUNT)
  if (count === 0) return style.faint(text)
  return letter === 'B' ? style.good(text) : letter === 'x' ? style.bad(text) : letter === '?' ? style.warn(text) : text
}
