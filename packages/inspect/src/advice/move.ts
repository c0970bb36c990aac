/** A card taken out of its slot and put into another, on paper. */
import { type Bdf, ID_UNKNOWN, type PciFunction, type Topology } from '@barter/core'

/** What moves together: all functions on the bus of one slot. */
export interface Card {
  /** The port that it hangs on. */
  readonly port: PciFunction
  readonly functions: readonly PciFunction[]
}

/**
 * A switch with one port, of the device's own vendor, is part of the card: it moves too.
 * **Shape** a sentence instead, when the function is on no card.
 */
export function cardOf(topology: Topology, fn: PciFunction): Card | string {
  const port = topology.parent(fn)
  if (port === undefined) return `${fn.bdf} is on a root bus, part of the chipset or CPU, and cannot be moved`
  if (!isSlot(port))
    return `${fn.bdf} is on the conventional or internal bus below ${port.bdf}, not in a PCI Express slot`
  const upstream = topology.parent(port)
  const ownSwitch =
    upstream?.kind === 'upstream-port' &&
    topology.children(upstream.bdf).length === 1 &&
    upstream.vendor === fn.vendor &&
    upstream.vendor !== ID_UNKNOWN
  return ownSwitch ? cardOf(topology, upstream) : { port, functions: topology.children(port.bdf) }
}

/** A link of PCI Express begins here. */
export const isSlot = ({ kind }: PciFunction): boolean => kind === 'root-port' || kind === 'downstream-port'

export const isEmpty = (topology: Topology, port: PciFunction): boolean => topology.children(port.bdf).length === 0

/**
 * The machine with cards below other ports. The functions keep their names, which a real machine would not.
 * **Shape** pairs of a card and the port it goes to, all moved at once.
 */
export function moved(topology: Topology, moves: readonly (readonly [Card, PciFunction])[]): Topology {
  const parents = new Map<Bdf, PciFunction>()
  const hosts = new Map<Bdf, string>()
  const settle = (fn: PciFunction, host: string): void => {
    hosts.set(fn.bdf, host)
    for (const below of topology.children(fn.bdf)) settle(below, host)
  }
  for (const [card, port] of moves) {
    for (const fn of card.functions) {
      parents.set(fn.bdf, port)
      settle(fn, port.hostBridge)
    }
  }
  return topology.mapFunctions((fn) => {
    const hostBridge = hosts.get(fn.bdf)
    if (hostBridge === undefined) return fn
    // The groups of what was moved are not those that the capture tells.
    const { iommuGroup: _, ...rest } = fn
    return { ...rest, hostBridge, parent: parents.get(fn.bdf)?.bdf ?? fn.parent }
  })
}

/** Is `fn` on the card, or below it? */
export const onCard = (topology: Topology, card: Card, fn: PciFunction): boolean =>
  topology.chain(fn).some((above) => card.functions.includes(above))
