/** What imagined changes do to a machine. */
import type { ChangedPair, MachineChange } from '@barter/inspect'
import { LEGEND, type Letter } from './answer.ts'
import { shortBdf } from './device-label.ts'
import { isolationLines } from './isolation.ts'
import { plural } from './machine-summary.ts'
import type { Style } from './style.ts'
import { wrapAfter } from './wrap.ts'

/** The JSON has them all. */
const MOST_LINES = 24

export function renderMachineChange(change: MachineChange, columns: number, style: Style): string {
  const { changes, pairs, looked, lost, gained } = change
  const lines = [style.strong(wrapAfter('', `What if: ${changes.join(', ')}`, columns)), '']
  lines.push(
    pairs.length === 0
      ? `  No verdict changes: all ${looked} ordered pairs stay as they are.`
      : `  ${pairs.length} of ${plural(looked, 'ordered pair')} ${pairs.length === 1 ? 'changes' : 'change'}:`,
  )
  const rows = bothWays(pairs)
  lines.push(
    ...rows.slice(0, MOST_LINES).map(({ text, before, after }) => `  ${text}  ${before} -> ${paint(after, style)}`),
  )
  if (rows.length > MOST_LINES) lines.push(`  and ${rows.length - MOST_LINES} more; --json has them all`)
  const letters = new Set(pairs.flatMap(({ before, after }) => [before, after]))
  const known = (Object.keys(LEGEND) as Letter[]).filter((letter) => letters.has(letter))
  if (known.length > 0) lines.push('', ...known.map((letter) => `  ${letter}  ${LEGEND[letter]}`))
  for (const part of [isolationLines(lost, 'lost', columns), isolationLines(gained, 'gained', columns)]) {
    if (part.length > 0) lines.push('', ...part)
  }
  return lines.join('\n')
}

interface Row {
  readonly text: string
  readonly before: Letter
  readonly after: Letter
}

/** One line where both directions change alike. */
function bothWays(pairs: readonly ChangedPair[]): readonly Row[] {
  const byNames = new Map(pairs.map((pair) => [`${pair.provider} ${pair.client}`, pair]))
  return pairs.flatMap((pair): Row[] => {
    const back = byNames.get(`${pair.client} ${pair.provider}`)
    const alike = back !== undefined && back.before === pair.before && back.after === pair.after
    if (alike && pair.provider > pair.client) return []
    const { provider, client, before, after } = pair
    const text = alike
      ? `${shortBdf(provider).padEnd(12)} <-> ${shortBdf(client).padEnd(12)}`
      : `${shortBdf(client).padEnd(12)}  -> ${shortBdf(provider).padEnd(12)}`
    return [{ text, before, after }]
  })
}

const paint = (letter: Letter, style: Style): string =>
  letter === 'B' ? style.good(letter) : letter === 'x' ? style.bad(letter) : letter
