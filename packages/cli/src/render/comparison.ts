/** Runs of one story side by side. */
import type { Report, TraceEvent } from '@barter/core'
import { hex } from '@barter/core'
import type { LoadedScenario } from '../scenario/load.ts'
import { formatTicks } from './duration.ts'
import { portsOf } from './event-text.ts'
import type { Style } from './style.ts'
import { wrap } from './wrap.ts'

export interface Ran {
  readonly name: string
  readonly report: Report
  readonly loaded: LoadedScenario
}

/** **Shape** a column a run. */
export function renderComparison(runs: readonly Ran[], columns: number, style: Style): string {
  const rows: readonly (readonly [string, (run: Ran) => string])[] = [
    ['', ({ name }) => name],
    ['address', ({ report }) => addressText(report)],
    ['way', ({ report }) => portsOf(firstMove(report)?.route ?? [])],
    ['because', ({ report }) => reasonText(report)],
    ['packets', ({ report }) => packetText(report)],
    ['refused maps', ({ report }) => String(maps(report).filter(({ errno }) => errno !== undefined).length)],
    ['reset took', ({ report }) => resetText(report)],
    ['verdict', ({ report }) => report.verdict.toUpperCase()],
  ]
  const label = 14
  const width = Math.floor((columns - label - 2) / runs.length) - 2
  return rows
    .flatMap(([name, cell]) => {
      const cells = runs.map((run) => wrap(cell(run), width))
      const height = Math.max(...cells.map((lines) => lines.length))
      return Array.from({ length: height }, (_, line) => {
        const head = style.faint((line === 0 ? name : '').padEnd(label))
        return `  ${head}${cells.map((lines) => (lines[line] ?? '').padEnd(width + 2)).join('')}`.trimEnd()
      })
    })
    .join('\n')
}

type Of<K extends TraceEvent['kind']> = Extract<TraceEvent, { readonly kind: K }>

const ofKind = <K extends TraceEvent['kind']>(report: Report, kind: K): Of<K>[] =>
  report.events.filter((event): event is Of<K> => event.kind === kind)

const maps = (report: Report): Of<'map'>[] => ofKind(report, 'map')
const firstMap = (report: Report): Of<'map'> | undefined => maps(report).find(({ errno }) => errno === undefined)
const firstMove = (report: Report): Of<'dma'> | undefined => ofKind(report, 'dma').find(({ arrived }) => arrived)

function addressText(report: Report): string {
  const { addressKind = 'phys', address = 0 } = firstMap(report) ?? {}
  return `${{ bus: 'bus address', iova: 'IOVA', phys: 'physical address' }[addressKind]} ${hex(address)}`
}

/** The first half of the reason: what sends the packets this way. */
function reasonText(report: Report): string {
  const { why = '', rule = '' } = firstMap(report) ?? {}
  return `${why.split(';')[0] ?? ''} (${rule})`.replaceAll(/\b0000:(?=\w\w:)/g, '')
}

function packetText(report: Report): string {
  const moves = ofKind(report, 'dma')
  const arrived = moves.filter((move) => move.arrived).length
  return `${arrived} transfers arrived, ${moves.length - arrived} lost`
}

function resetText({ outcomes }: Report): string {
  const reset = outcomes.find(({ text }) => text.startsWith('reset '))
  return reset?.started === undefined || reset.ended === undefined ? '' : formatTicks(reset.ended - reset.started)
}
