/** How many combinations were run, by axis and in all. */
import { axesOf, type Combination } from './combination.ts'

export class Counts {
  #total = 0
  /** By axis, then by row. */
  readonly #rows = new Map<string, Map<string, number>>()
  readonly #pairs = new Set<string>()

  add(one: Combination): void {
    this.#total++
    const axes = Object.entries(axesOf(one))
    for (const [axis, row] of axes) {
      const rows = this.#rows.get(axis) ?? new Map<string, number>()
      this.#rows.set(axis, rows.set(row, (rows.get(row) ?? 0) + 1))
    }
    axes.forEach((a, i) => {
      for (const b of axes.slice(i + 1)) this.#pairs.add(pairText(a, b))
    })
  }

  /** Pairs of rows that no combination had; a trigger in words of one driver is not for another. */
  missing(): readonly string[] {
    const axes = [...this.#rows]
    return axes.flatMap(([axis, rows], i) =>
      axes.slice(i + 1).flatMap(([other, others]) => {
        if (other === 'trigger' && (axis === 'exporter' || axis === 'importer')) return []
        return [...rows.keys()].flatMap((a) =>
          [...others.keys()].map((b) => pairText([axis, a], [other, b])).filter((pair) => !this.#pairs.has(pair)),
        )
      }),
    )
  }

  text(): string {
    const axes = [...this.#rows].map(
      ([axis, rows]) => `  ${axis}: ${[...rows].map(([row, n]) => `${row} ${n}`).join(', ')}`,
    )
    const product = [...this.#rows].map(([axis, rows]) => `${rows.size} of ${axis}`).join(' x ')
    return [`matrix: ${this.#total} combinations of ${product}`, ...axes].join('\n')
  }
}

const pairText = (a: readonly [string, string], b: readonly [string, string]): string =>
  `${a.join(' ')} with ${b.join(' ')}`
