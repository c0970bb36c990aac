/** No two things may answer to one address, on either side of a host bridge. */
import { type HostBridge, overlaps, type Topology } from '@barter/core'
import { busOffsetOverlap } from './errors.ts'

interface Named {
  readonly name: string
  /** Host bridge that it belongs to, if any. */
  readonly of?: string
  readonly start: number
  readonly length: number
}

/**
 * Look at the finished machine. **Shape** `changed`: ids of the host bridges that were changed; others are taken as they
 * are. **Errors** `UsageError` `BUS_OFFSET_OVERLAP`.
 */
export function checkAddresses(topology: Topology, changed: readonly string[]): void {
  const windows = topology.hostBridges.flatMap((bridge) => cpuSide(bridge))
  const ram = topology.memory.map((range): Named => ({ name: 'RAM', ...range }))
  checkApart([...windows, ...ram], 'CPU', ({ of }) => of !== undefined && changed.includes(of))
  for (const bridge of topology.hostBridges) {
    if (!changed.includes(bridge.id)) continue
    checkApart(busSide(topology, bridge), 'bus', () => true)
  }
}

const cpuSide = ({ id, windows }: HostBridge): readonly Named[] =>
  windows.map(({ start, length }) => ({ name: `a window of host bridge ${id}`, of: id, start, length }))

/** What a request on the root bus could be meant for: a device below, or what is reached through the bridge. */
function busSide(topology: Topology, { id, windows, inbound }: HostBridge): readonly Named[] {
  const name = `a window of host bridge ${id}`
  const down = windows.map(({ start, length, busOffset }) => ({ name, start: start + busOffset, length }))
  const up =
    inbound.length > 0
      ? inbound.map(({ bus, length }) => ({ name: `an inbound range of host bridge ${id}`, start: bus, length }))
      : topology.memory.map((range) => ({ name: 'RAM', ...range }))
  return [...down, ...up]
}

function checkApart(ranges: readonly Named[], side: 'CPU' | 'bus', matters: (one: Named) => boolean): void {
  for (const [i, a] of ranges.entries()) {
    for (const b of ranges.slice(i + 1)) {
      if (!overlaps(a.start, a.length, b.start, b.length) || !(matters(a) || matters(b))) continue
      const start = Math.max(a.start, b.start)
      throw busOffsetOverlap(a.name, b.name, start, Math.min(a.start + a.length, b.start + b.length) - start, side)
    }
  }
}
