/** Which slots would bring wanted devices together that no software can. */
import type { Bdf, PciFunction, Topology } from '@barter/core'
import { type Card, cardOf, isEmpty, isSlot, moved, onCard } from './move.ts'
import { type PairNeed, pairNeed, smallestClearSet } from './pair-need.ts'
import type { WantedPair } from './ways.ts'

export interface SlotCandidate {
  /** The card that moves, by the wanted device on it. */
  readonly device: Bdf
  readonly port: Bdf
  /** As `--what-if` takes it. */
  readonly change: string
  /** Who is in that slot today and would have to change places with it. */
  readonly instead?: readonly Bdf[]
  /** All wanted pairs are direct afterwards, or may be made so by software. */
  readonly all: boolean
  /** Wanted pairs, one direction of each, that would be direct or could be made so, of those that cannot be today. */
  readonly gains: number
  /** Functions whose redirect would have to be cleared as well. */
  readonly clear: readonly Bdf[]
  /** Functions whose ACS words are not known and would decide. */
  readonly read: readonly Bdf[]
}

/** Best first: more pairs, empty slots, fewer settings. Only moves of one card are looked at. **Source** P2P-21, P2P-22 */
export function slotCandidates(topology: Topology, wanted: readonly WantedPair[]): readonly SlotCandidate[] {
  const oneWay = wanted.filter(([a, b]) => a.bdf < b.bdf)
  const stuck = oneWay.filter(([a, b]) => isStuck(pairNeed(topology, a, b)))
  const devices = [...new Set(stuck.flat())]
  const today = possible(topology, oneWay)
  const found: SlotCandidate[] = []
  const cards = new Set<PciFunction>()
  for (const device of devices) {
    const card = cardOf(topology, device)
    if (typeof card === 'string' || cards.has(card.port)) continue
    cards.add(card.port)
    for (const port of portsNear(topology, card, device, stuck)) {
      const candidate = tried(topology, card, device, port, oneWay, today)
      if (candidate !== undefined) found.push(candidate)
    }
  }
  return found.sort(
    (a, b) =>
      b.gains - a.gains ||
      Number(a.instead !== undefined) - Number(b.instead !== undefined) ||
      a.clear.length - b.clear.length ||
      (a.change < b.change ? -1 : 1),
  )
}

const isStuck = (need: PairNeed): boolean => need.kind === 'impossible' && need.noCommonSwitch

const possible = (topology: Topology, pairs: readonly WantedPair[]): number =>
  pairs.filter(([a, b]) => pairNeed(topology, topology.get(a.bdf), topology.get(b.bdf)).kind !== 'impossible').length

/** Ports that share a way up with a partner: below any other, nothing would be gained. */
function portsNear(
  topology: Topology,
  card: Card,
  device: PciFunction,
  stuck: readonly WantedPair[],
): readonly PciFunction[] {
  const top = (fn: PciFunction): PciFunction | undefined => topology.chain(fn).at(-1)
  const partners = stuck
    .filter((pair) => pair.includes(device))
    .flat()
    .filter((fn) => !onCard(topology, card, fn))
  const tops = new Set(partners.map(top))
  return topology.functions.filter((port) => isSlot(port) && tops.has(top(port)) && !onCard(topology, card, port))
}

function tried(
  topology: Topology,
  card: Card,
  device: PciFunction,
  port: PciFunction,
  pairs: readonly WantedPair[],
  today: number,
): SlotCandidate | undefined {
  const empty = isEmpty(topology, port)
  const other: Card = { port, functions: topology.children(port.bdf) }
  // The port leads to the card, or the card to the port: they cannot change places.
  if (!empty && other.functions.some((fn) => onCard(topology, other, card.port) || fn.kind === 'upstream-port'))
    return undefined
  const after = moved(
    topology,
    empty
      ? [[card, port]]
      : [
          [card, port],
          [other, card.port],
        ],
  )
  const needs = pairs.map(([a, b]) => pairNeed(after, after.get(a.bdf), after.get(b.bdf)))
  const gains = needs.filter(({ kind }) => kind !== 'impossible').length - today
  if (gains <= 0) return undefined
  return {
    device: device.bdf,
    port: port.bdf,
    change: `move:${device.bdf}->${port.bdf}`,
    ...(empty ? {} : { instead: other.functions.map(({ bdf }) => bdf) }),
    all: needs.every(({ kind }) => kind !== 'impossible'),
    gains,
    clear: smallestClearSet(needs),
    read: [...new Set(needs.flatMap((need) => (need.kind === 'unknown' ? need.read : [])))].sort(),
  }
}
