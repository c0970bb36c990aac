/** The matrix as Markdown, to be pasted into an issue. */
import { canProvide } from '@barter/inspect'
import { styleText } from '../render/style.ts'
import { LEGEND } from '../render/answer.ts'
import { barsLabel, deviceLabel, shortBdf } from '../render/device-label.ts'
import { machineSummary } from '../render/machine-summary.ts'
import { renderMatrix } from '../render/matrix.ts'
import { type Pieces, type Portrait, spokenLetters } from './portrait.ts'

/** More columns than this are no table that anybody reads: then it is the folded matrix of the screen. */
const MOST_COLUMNS = 24

export function* markdown(portrait: Portrait): Pieces {
  const { topology, functions, report } = portrait
  yield '## Peer to peer between PCI devices\n\n'
  yield `${machineSummary(topology, report, Infinity)}.\n\n`
  if (functions.length < 2) yield 'No two devices here are of a kind that people pair.\n'
  else {
    yield 'Rows: whose BAR. Columns: who reads or writes it, by the number of its row.\n\n'
    yield* functions.length <= MOST_COLUMNS ? table(portrait) : folded(portrait)
    yield '\n'
    for (const letter of spokenLetters(portrait)) yield `- \`${letter}\` ${LEGEND[letter]}\n`
    yield '\n| # | device | what | BARs to lend | IOMMU group | driver |\n| --: | --- | --- | --- | --: | --- |\n'
    for (const [i, fn] of functions.entries()) {
      const device = report.devices.find(({ bdf }) => bdf === fn.bdf)
      if (device === undefined) continue
      const { iommuGroup, driver } = device
      yield row([i + 1, code(shortBdf(fn.bdf)), deviceLabel(device), barsLabel(device), iommuGroup ?? '', driver ?? ''])
    }
  }
  if (report.unknown.length > 0) yield `\nNot known:\n\n${report.unknown.map((note) => `- ${note}\n`).join('')}`
}

function* table({ functions, letters }: Portrait): Pieces {
  yield row(['', 'whose BAR', ...functions.map((_, i) => i + 1)])
  yield `| --: | --- |${' :-: |'.repeat(functions.length)}\n`
  for (const [a, provider] of functions.entries()) {
    if (!canProvide(provider)) continue
    const cells = functions.map((_, b) => (a === b ? '·' : code(letters.at(a, b))))
    yield row([a + 1, code(shortBdf(provider.bdf)), ...cells])
  }
}

function* folded({ topology, functions, report }: Portrait): Pieces {
  const { text } = renderMatrix(topology, functions, report, { columns: 100, style: styleText(false) })
  yield `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(' | ')} |\n`
const cell = (text: string | number): string => String(text).replaceAll('|', '\\|')
const code = (text: string): string => `\`${text}\``
