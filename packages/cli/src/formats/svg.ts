/** The tree and the matrix in one picture: each device has a row, in which its verdicts with the others stand. */
import { canProvide } from '@barter/inspect'
import { p2pVerdict } from '@barter/core'
import { optionInvalid } from '../errors.ts'
import { ANSWER_WORDS, LEGEND, type Letter } from '../render/answer.ts'
import { barsLabel, deviceLabel, shortBdf } from '../render/device-label.ts'
import { machineSummary } from '../render/machine-summary.ts'
import { clip, wrap } from '../render/wrap.ts'
import { drawnTree, type DrawnNode } from './drawn-tree.ts'
import { type Pieces, type Portrait, portraitOf, spokenLetters } from './portrait.ts'
import { type Box, layOut, type Wire } from './svg-layout.ts'
import { xmlTag, xmlText } from './xml.ts'

/** A picture of more is millions of cells. */
const MOST_DEVICES = 256
/** With more than this many, cells do not tell their reason when pointed at. */
const MOST_TOLD = 48

const LEFT = 16
const HEAD = 62
const CELL = 22
/** Width of a usual letter, in pixels; fonts differ, so with some room. */
const LETTER = 6.6
const TITLE_LETTER = 8.6

const COLOURS: Readonly<Record<Letter, string>> = {
  B: '#2f9e62',
  H: '#4878c4',
  e: '#2a9d9d',
  x: '#d64545',
  '?': '#8a939e',
}
const STYLE = `text{font-family:ui-sans-serif,system-ui,"Helvetica Neue",Arial,sans-serif;font-size:11px;fill:#1f2933}
.title{font-size:14px;font-weight:600}.small{font-size:10px;fill:#52606d}.letter{fill:#fff;font-weight:600;text-anchor:middle}
.number{text-anchor:middle;font-size:10px;fill:#52606d}.wire{fill:none;stroke:#9aa5b1;stroke-width:1.2}
.bridge{fill:#eceff4;stroke:#7b8794}.redirects{fill:#fdebc8;stroke:#c77700}.unknown{fill:#f5f7fa;stroke:#7b8794;stroke-dasharray:4 3}
.device{fill:#dcebfa;stroke:#2f6fb0}.host{fill:#e4e0f3;stroke:#6554a6}.self{fill:#e4e7eb}`

/** **Errors** `OPTION_INVALID` for more devices than can be drawn. */
export function* svg(asked: Portrait): Pieces {
  const { topology, functions } = asked
  if (functions.length > MOST_DEVICES) {
    const hint = 'choose some with --class or --device; --format csv has no limit'
    throw optionInvalid(
      '--format',
      `svg draws ${MOST_DEVICES} devices at most, and these are ${functions.length}`,
      hint,
    )
  }
  // Numbered as they stand in the tree, so that neighbours in it are neighbours in the matrix.
  const portrait = portraitOf(
    topology,
    devicesBelow(drawnTree(asked)).flatMap((i) => functions[i] ?? []),
  )
  const tree = layOut(drawnTree(portrait), LEFT, HEAD)
  const gridX = tree.right + 14
  const notes = legendLines(portrait)
  const width = Math.max(gridX + functions.length * CELL + LEFT, LEFT * 2 + 560)
  const title = wrap(machineSummary(topology, portrait.report, Infinity), Math.floor((width - LEFT * 2) / TITLE_LETTER))
  const legendY = Math.max(tree.bottom, HEAD) + 26
  const height = legendY + notes.length * 18 + 8

  yield `${xmlTag('svg', { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' }, '>')}\n`
  yield `<title>Peer to peer between PCI devices</title>\n<style>${STYLE}</style>\n`
  yield `${xmlTag('rect', { width, height, fill: '#ffffff' })}\n`
  for (const [i, line] of title.slice(0, 2).entries()) yield text(LEFT, 20 + i * 17, line, 'title')
  for (const wire of tree.wires) yield wirePath(wire)
  for (const box of tree.boxes) yield* drawBox(box, portrait)
  yield* grid(portrait, tree.rows, gridX)
  for (const [i, [colour, mark, words]] of notes.entries()) {
    const y = legendY + i * 18
    yield `${xmlTag('rect', { x: LEFT, y: y - 11, width: 15, height: 15, rx: 2, fill: colour })}\n`
    if (mark !== '') yield text(LEFT + 7.5, y + 1, mark, 'letter')
    yield text(LEFT + 22, y + 1, words, '')
  }
  yield '</svg>\n'
}

type LegendLine = readonly [colour: string, mark: string, words: string]

const devicesBelow = (nodes: readonly DrawnNode[]): readonly number[] =>
  nodes.flatMap(({ index, children }) => [...(index === undefined ? [] : [index]), ...devicesBelow(children)])

function legendLines(portrait: Portrait): readonly LegendLine[] {
  const { topology, functions } = portrait
  const inTree = new Set(functions.flatMap((fn) => topology.chain(fn))).size
  const left = topology.functions.length - inTree
  return [
    ...spokenLetters(portrait).map((letter): LegendLine => [COLOURS[letter], letter, LEGEND[letter]]),
    ['#fdebc8', '', 'a port that redirects: peer traffic from below goes up to the root complex'],
    ['#e4e7eb', '', 'row: whose BAR; column: who reads or writes it, by the number of its row'],
    ...(left > 0 ? [['#ffffff', '', `${left} other functions are not drawn`] as const] : []),
  ]
}

function* drawBox({ node, x, y, width, height }: Box, { functions }: Portrait): Pieces {
  const { device, name, index } = node
  yield `${xmlTag('rect', { x, y, width, height, rx: 4, class: boxClass(node) })}\n`
  const most = Math.floor((width - 12) / LETTER)
  if (device === undefined) {
    yield text(x + 8, y + 13, 'host bridge', '')
    yield text(x + 8, y + 26, name, 'small')
  } else if (index === undefined) {
    yield text(x + 8, y + 13, clip(`${shortBdf(name)} ${device.kind.replace('-', ' ')}`, most), '')
    yield text(x + 8, y + 26, acsWords(node), 'small')
  } else {
    const fn = functions[index]
    const about = [
      ...(fn !== undefined && canProvide(fn) ? [barsLabel(device)] : ['no memory BAR']),
      ...groupWords(device.iommuGroup),
    ]
    yield text(x + 8, y + 13, clip(`${index + 1}  ${shortBdf(name)}  ${deviceLabel(device)}`, most), '')
    yield text(x + 8, y + 26, clip(about.join(' · '), most + 4), 'small')
  }
}

const groupWords = (group: number | null): readonly string[] => (group === null ? [] : [`group ${group}`])

function boxClass({ device, index, acs }: DrawnNode): string {
  if (device === undefined) return 'host'
  if (acs === 'redirects') return 'redirects'
  if (index !== undefined) return 'device'
  return acs === 'unknown' ? 'unknown' : 'bridge'
}

function acsWords({ acs, device }: DrawnNode): string {
  if (acs === 'none') return 'no ACS'
  return acs === 'unknown' ? 'ACS not known' : `ACS ${device?.acs ?? ''}`
}

function* grid({ topology, functions, letters }: Portrait, rows: ReadonlyMap<number, number>, left: number): Pieces {
  const told = functions.length <= MOST_TOLD
  for (const [i] of functions.entries()) yield text(left + i * CELL + CELL / 2, HEAD - 8, String(i + 1), 'number')
  for (const [a, provider] of functions.entries()) {
    const middle = rows.get(a)
    if (middle === undefined) continue
    for (const [b, client] of functions.entries()) {
      const place = { x: left + b * CELL + 1, y: middle - CELL / 2 + 1, width: CELL - 2, height: CELL - 2, rx: 3 }
      if (a === b || !canProvide(provider)) {
        yield `${xmlTag('rect', { ...place, class: 'self' })}\n`
        continue
      }
      const letter = letters.at(a, b)
      const verdict = told ? p2pVerdict(topology, provider, client) : undefined
      const words = `${shortBdf(client.bdf)} to a BAR of ${shortBdf(provider.bdf)}: ${ANSWER_WORDS[letter]}`
      const reason = verdict === undefined ? '' : ` (${verdict.rule}): ${verdict.reason}`
      yield `<g><title>${xmlText(words + reason)}</title>${xmlTag('rect', { ...place, fill: COLOURS[letter] })}`
      yield `${text(place.x + place.width / 2, middle + 4, letter, 'letter').trimEnd()}</g>\n`
    }
  }
}

function wirePath({ from, to }: Wire): string {
  const [x, y] = [from.x + from.width, from.y + from.height / 2]
  const end = to.y + to.height / 2
  const turn = x + 14
  return `${xmlTag('path', { class: 'wire', d: `M${x} ${y}H${turn}V${end}H${to.x}` })}\n`
}

const text = (x: number, y: number, words: string, look: string): string =>
  `${xmlTag('text', { x, y, class: look === '' ? undefined : look }, '>')}${xmlText(words)}</text>\n`
