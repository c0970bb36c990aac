/** What came of a combination, in few words; the rules predict the same words. */
import type { Outcome, Report } from '@barter/core'

/** `-`: it did not come to that. */
export type Move = 'moved' | 'failed' | '-'

export interface Observation {
  /** Lending 4 KiB, which on some machines is no whole page. */
  readonly piece: string
  /** Making the buffer, or the mapping. */
  readonly lend: string
  readonly import: string
  /** Kind and value of the first address that the importer was given; of an IOVA only the kind. */
  readonly address: string
  readonly before: Move
  readonly trigger: 'ok' | 'blocked' | '-' | (string & {})
  readonly during: Move
  readonly after: Move
  /** States of the buffer, in order. */
  readonly states: string
  /** Invariants that were broken. */
  readonly broken: string
}

export const NOTHING = {
  piece: '-',
  import: '-',
  address: '-',
  before: '-',
  trigger: '-',
  during: '-',
  after: '-',
} as const

export function observe({ outcomes, events, violations }: Report): Observation {
  const of = (actor: string) => outcomes.filter((one) => one.actor === actor)
  const begun = of('owner').findIndex(({ text }) => text.startsWith('start before'))
  const isPiece = ({ text }: Outcome) => /\bpiece$/.test(text)
  const lending = of('owner').slice(0, begun)
  const piece = lending.some(isPiece) ? ending(lending.filter(isPiece)) : '-'
  const lend = ending(lending.filter((one) => !isPiece(one)))
  const broken = [...new Set(violations.map(({ invariant }) => invariant))].sort().join(' ')
  const buffer = events.findLast((event) => event.kind === 'export')?.buffer
  const states = events.flatMap((event) =>
    event.kind === 'state' && event.buffer === buffer && event.state !== 'released' ? [event.state] : [],
  )
  const seen = { piece, lend, states: states.join(' '), broken }
  if (lend !== 'ok') return { ...NOTHING, ...seen }
  const first = events.find((event) => event.kind === 'map' && event.errno === undefined)
  return {
    ...seen,
    import: ending(of('before').slice(0, 1)),
    address: first?.kind === 'map' ? addressText(first.addressKind, first.address) : '-',
    before: moved(of('before')),
    trigger: ending(
      [...of('owner').slice(begun), ...of('admin')].filter(({ text }) => !/^(start|wait|idle)/.test(text)),
    ),
    during: moved(of('during')),
    after: moved(of('after')),
  }
}

export const addressText = (kind: string | undefined, value: number | undefined): string =>
  kind === undefined || kind === 'iova' ? (kind ?? '-') : `${kind} 0x${(value ?? 0).toString(16)}`

/** The first that did not end well. */
function ending(outcomes: readonly Outcome[]): string {
  const bad = outcomes.find(({ result }) => result.kind !== 'ok')?.result
  if (bad === undefined) return 'ok'
  return bad.kind === 'errno' ? bad.errno : bad.kind
}

function moved(outcomes: readonly Outcome[]): Move {
  const write = outcomes.find(({ text }) => text.startsWith('write'))?.result.kind
  if (write === undefined || write === 'not-reached' || write === 'blocked') return '-'
  return write === 'ok' ? 'moved' : 'failed'
}
