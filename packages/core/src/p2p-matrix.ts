/** How every pair of some functions may talk, one small cell a pair. Build it only when somebody asks for all pairs. */
import { CELL_TYPE_BITS, cellDistance, cellType, packCell } from './bitfield.ts'
import { MAP_TYPES, type P2pAnswer, P2pIndex, type P2pIndexOptions } from './p2p-index.ts'
import type { PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

export interface P2pMatrix {
  /** In the order that was asked for; rows and columns follow it. */
  readonly endpoints: readonly PciFunction[]
  /**
   * Row by row, the provider's row and the client's column: two low bits index `MAP_TYPES`, the distance is above. A
   * byte each, unless the tree is so deep that a distance needs more than six bits: then two bytes.
   */
  readonly cells: Uint8Array | Uint16Array
  /** **Shape** `provider` and `client` index `endpoints`. **Errors** `RangeError` outside of them. */
  at(provider: number, client: number): P2pAnswer
}

/** Largest distance that fits a byte beside the type. */
const BYTE_DISTANCE = 2 ** (8 - CELL_TYPE_BITS) - 1

/**
 * All pairs of `endpoints`, as `p2pVerdict` would answer each.
 *
 * Two functions below different functions of a root bus only differ by host and depth, so a row is a copy of the
 * template for its own, and only the pairs below the same root port are looked at one by one.
 * **Errors** `UsageError` `DEVICE_UNKNOWN`. **Source** P2P-20 to P2P-23
 */
export function p2pMatrix(
  topology: Topology,
  endpoints: readonly PciFunction[],
  options: P2pIndexOptions = {},
): P2pMatrix {
  const index = new P2pIndex(topology, options)
  const count = endpoints.length
  const positions = endpoints.map((fn) => index.position(fn.bdf))
  const deepest = positions.reduce((most, at) => Math.max(most, index.depth(at)), 0)
  const narrow = 2 * deepest <= BYTE_DISTANCE
  const row = (length: number): Uint8Array | Uint16Array => (narrow ? new Uint8Array(length) : new Uint16Array(length))
  const cells = row(count * count)

  const templates = new Map<number, Uint8Array | Uint16Array>()
  const template = (at: number): Uint8Array | Uint16Array => {
    const key = 2 * (index.host(at) * (deepest + 1) + index.depth(at)) + (index.hides(at) ? 1 : 0)
    const made = templates.get(key)
    if (made !== undefined) return made
    const fresh = row(count)
    for (const [j, other] of positions.entries()) {
      fresh[j] = packCell(index.apart(at, other), index.distance(at, other, 0))
    }
    templates.set(key, fresh)
    return fresh
  }

  for (const group of groups(positions.map((at) => index.top(at)))) {
    for (const i of group) {
      const a = positions[i] as number
      const start = i * count
      cells.set(template(a), start)
      for (const j of group) {
        const b = positions[j] as number
        const common = index.commonDepth(a, b)
        cells[start + j] = packCell(index.typeCode(a, b, common), index.distance(a, b, common))
      }
    }
  }
  return {
    endpoints,
    cells,
    at(provider, client) {
      const cell = inside(provider, count) && inside(client, count) ? cells[provider * count + client] : undefined
      if (cell === undefined) throw new RangeError(`pair ${provider}, ${client} is outside of a matrix of ${count}`)
      return { mapType: MAP_TYPES[cellType(cell)], distance: cellDistance(cell) }
    },
  }
}

/** Indexes that share a value, together. */
function groups(values: readonly number[]): Iterable<readonly number[]> {
  const byValue = new Map<number, number[]>()
  for (const [i, value] of values.entries()) {
    const group = byValue.get(value)
    if (group === undefined) byValue.set(value, [i])
    else group.push(i)
  }
  return byValue.values()
}

const inside = (at: number, count: number): boolean => Number.isInteger(at) && at >= 0 && at < count
