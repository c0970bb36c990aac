/** What is not as it was with one function. */
import { type Bar, formatId, formatLength, ID_UNKNOWN, type PciFunction, readAcs, type Topology } from '@barter/core'
import { acsText } from '../report/acs-text.ts'
import { className } from '../report/device-class.ts'
import { slotPath } from './match-functions.ts'

export interface Changed {
  /** `name`, `place`, `id`, `class`, `driver`, `acs`, `bars`; of a machine `cpu`, `kernel`, `iommu`. */
  readonly what: string
  /** `null`: not there, or not told. */
  readonly before: string | null
  readonly after: string | null
}

type Fact = (topology: Topology, fn: PciFunction) => string | null

const FACTS: Readonly<Record<string, Fact>> = {
  name: (_topology, fn) => fn.bdf,
  place: (topology, fn) => slotPath(topology, fn),
  id: (_topology, fn) => (fn.vendor === ID_UNKNOWN ? null : formatId(fn)),
  class: (_topology, fn) => className(fn.classCode),
  driver: (_topology, fn) => fn.driver ?? null,
  acs: (_topology, fn) => acsText(readAcs(fn.config)),
  bars: (_topology, fn) => fn.bars.map(barText).join(', '),
}

export function functionChanges(
  [before, after]: readonly [Topology, Topology],
  [was, is]: readonly [PciFunction, PciFunction],
): readonly Changed[] {
  return Object.entries(FACTS).flatMap(([what, fact]) => {
    const [a, b] = [fact(before, was), fact(after, is)]
    return a === b ? [] : [{ what, before: a, after: b }]
  })
}

/** Addresses are given out anew at each boot; whether there is one counts, and how long it is. */
const barText = ({ index, kind, start, length }: Bar): string =>
  `${index} ${kind}${length === undefined ? '' : ` ${formatLength(length)}`}${kind !== 'io' && start === 0 ? ' without an address' : ''}`
