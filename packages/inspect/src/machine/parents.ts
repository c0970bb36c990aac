/** The bridge above each function: from the nesting of folders, else from the bus numbers of bridges. */
import { type Bdf, bdfParts, busName } from '@barter/core'
import type { Place } from './place.ts'

export interface Seat {
  readonly bdf: Bdf
  readonly place: Place | undefined
  readonly inside: Bdf | undefined
  /** A virtual function hangs where its physical function hangs. */
  readonly physicalFunction: Bdf | undefined
  /** Of a bridge. */
  readonly secondary: number | undefined
  readonly subordinate: number | undefined
  /** Only a root bus has such a function: a host bridge, a root port, an integrated endpoint. */
  readonly rootOnly: boolean
  /** No root bus has such a function: the far end of a link. */
  readonly neverRoot: boolean
}

export interface Above {
  readonly parent: Bdf | null
  readonly hostBridge: string
  /** No bridge in the capture leads to its bus, and nothing shows that the bus is a root bus. */
  readonly guessed: boolean
  /** The bridge above only has its bus in its range: the one that leads there is not in the capture. */
  readonly skipped: boolean
}

/** The answer for each seat. **Shape** `whole`: every function of the machine is there, so a bridge that is not, is none. */
export function parentsOf(seats: readonly Seat[], whole: boolean): ReadonlyMap<Bdf, Above> {
  const byBdf = new Map(seats.map((seat) => [seat.bdf, seat]))
  const bridges = bridgeToBus(seats)
  const above = (seat: Seat): Bdf | null | undefined => {
    if (seat.place !== undefined) return seat.place.way.at(-2) ?? null
    if (seat.inside !== undefined && byBdf.has(seat.inside)) return seat.inside
    const physical = seat.physicalFunction === undefined ? undefined : byBdf.get(seat.physicalFunction)
    // One step only: a physical function has none of its own.
    if (physical !== undefined && physical.physicalFunction === undefined) return above(physical)
    return bridges.get(busOf(seat.bdf))?.bdf
  }
  const parents = new Map(seats.map((seat) => [seat.bdf, above(seat)]))
  const rootBuses = new Set(seats.filter((seat) => seat.rootOnly).map((seat) => busOf(seat.bdf)))
  return new Map(
    seats.map((seat) => {
      const { bdf } = seat
      const parent = parents.get(bdf)
      const open = parent === undefined && bdfParts(bdf).bus !== 0
      const guessed = open && (seat.neverRoot || (!whole && !rootBuses.has(busOf(bdf))))
      const skipped = onlyInRange(seat, bridges.get(busOf(bdf)), parent)
      return [bdf, { parent: parent ?? null, hostBridge: hostBridgeOf(bdf, parents, byBdf), guessed, skipped }]
    }),
  )
}

/** Virtual functions may sit on buses that no bridge leads to; who shows them tells their physical function. */
function onlyInRange(seat: Seat, bridge: BridgeToBus | undefined, parent: Bdf | null | undefined): boolean {
  if (seat.place !== undefined || seat.inside !== undefined || seat.physicalFunction !== undefined) return false
  return bridge !== undefined && parent === bridge.bdf && bridge.secondary !== bdfParts(seat.bdf).bus
}

function busOf(bdf: Bdf): string {
  const { domain, bus } = bdfParts(bdf)
  return busName(domain, bus)
}

/** The id of the host bridge at the upper end of the way. */
function hostBridgeOf(
  bdf: Bdf,
  parents: ReadonlyMap<Bdf, Bdf | null | undefined>,
  byBdf: ReadonlyMap<Bdf, Seat>,
): string {
  let top = bdf
  for (let steps = 0; steps < byBdf.size; steps++) {
    const place = byBdf.get(top)?.place
    if (place !== undefined) return place.hostBridge
    const next = parents.get(top)
    if (next === undefined || next === null) break
    top = next
  }
  return busOf(top)
}

interface BridgeToBus {
  readonly bdf: Bdf
  readonly secondary: number
}

/**
 * The bridge that leads to each bus: the one whose secondary bus it is, else the closest whose range has it, as virtual
 * functions may sit on a bus of their own. A bridge that leads to its own bus or back is not what it says.
 */
function bridgeToBus(seats: readonly Seat[]): ReadonlyMap<string, BridgeToBus> {
  const best = new Map<string, BridgeToBus>()
  for (const { bdf, secondary, subordinate } of seats) {
    const { domain, bus } = bdfParts(bdf)
    if (secondary === undefined || secondary <= bus) continue
    const last = Math.min(255, Math.max(secondary, subordinate ?? secondary))
    for (let below = secondary; below <= last; below++) {
      const known = best.get(busName(domain, below))
      if (known === undefined || known.secondary < secondary) best.set(busName(domain, below), { bdf, secondary })
    }
  }
  return best
}
