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
}

export interface Above {
  readonly parent: Bdf | null
  readonly hostBridge: string
  /** No bridge in the capture leads to its bus, and nothing shows that the bus is a root bus. */
  readonly guessed: boolean
}

/** The answer for each seat. */
export function parentsOf(seats: readonly Seat[]): ReadonlyMap<Bdf, Above> {
  const byBdf = new Map(seats.map((seat) => [seat.bdf, seat]))
  const bridges = bridgeToBus(seats)
  const above = (seat: Seat): Bdf | null | undefined => {
    if (seat.place !== undefined) return seat.place.way.at(-2) ?? null
    if (seat.inside !== undefined && byBdf.has(seat.inside)) return seat.inside
    const physical = seat.physicalFunction === undefined ? undefined : byBdf.get(seat.physicalFunction)
    // One step only: a physical function has none of its own.
    if (physical !== undefined && physical.physicalFunction === undefined) return above(physical)
    return bridges.get(busOf(seat.bdf))
  }
  const parents = new Map(seats.map((seat) => [seat.bdf, above(seat)]))
  const rootBuses = new Set(seats.filter((seat) => seat.rootOnly).map((seat) => busOf(seat.bdf)))
  return new Map(
    seats.map(({ bdf }) => {
      const parent = parents.get(bdf)
      const guessed = parent === undefined && bdfParts(bdf).bus !== 0 && !rootBuses.has(busOf(bdf))
      return [bdf, { parent: parent ?? null, hostBridge: hostBridgeOf(bdf, parents, byBdf), guessed }]
    }),
  )
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

/**
 * The bridge that leads to each bus: the one whose secondary bus it is, else the closest whose range has it, as virtual
 * functions may sit on a bus of their own. A bridge that leads to its own bus or back is not what it says.
 */
function bridgeToBus(seats: readonly Seat[]): ReadonlyMap<string, Bdf> {
  const best = new Map<string, { readonly bdf: Bdf; readonly secondary: number }>()
  for (const { bdf, secondary, subordinate } of seats) {
    const { domain, bus } = bdfParts(bdf)
    if (secondary === undefined || secondary <= bus) continue
    const last = Math.min(255, Math.max(secondary, subordinate ?? secondary))
    for (let below = secondary; below <= last; below++) {
      const known = best.get(busName(domain, below))
      if (known === undefined || known.secondary < secondary) best.set(busName(domain, below), { bdf, secondary })
    }
  }
  return new Map([...best].map(([bus, { bdf }]) => [bus, bdf]))
}
