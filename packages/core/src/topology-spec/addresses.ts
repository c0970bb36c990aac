/** Addresses for every BAR and bridge window of a plan, from the leaves up and from the host bridges down. */
import { alignUp, GiB, hex, isAligned, KiB, MiB, type PhysRange } from '../address.ts'
import type { HostWindow } from '../topology.ts'
import { type Claim, packed, placeAll, type Space } from './claim.ts'
import { hostWindows } from './host-windows.ts'
import type { PlannedBar, PlannedFunction, PlannedHostBridge, PlannedWindows } from './planned.ts'
import { specError } from './spec-error.ts'

/** Where a BAR goes: ports, below 4 GiB, or anywhere through prefetchable windows. */
type Room = keyof PlannedWindows

/** Edges of bridge windows. */
const GRANULARITY: Readonly<Record<Room, number>> = { io: 4 * KiB, memory: MiB, prefetchable: MiB }
/** Ports below belong to the chipset. */
const IO_SPACE: Space = { start: 0x1000, length: 0xf000 }
const HINT = 'make a BAR smaller, write kind: mem64pref for large ones, or widen the windows of the host bridge'
const IO_HINT = 'each bridge with I/O below it takes 4 KiB of the 60 KiB there are'

/**
 * Assign every address of the plan, in place, and give the windows of each host bridge.
 * **Errors** `UsageError` `TOPOLOGY_SPEC`: something does not fit or overlaps.
 */
export function assignAddresses(bridges: readonly PlannedHostBridge[], memory: readonly PhysRange[]): HostWindow[][] {
  const needs = bridges.map((bridge) => ({
    where: bridge.where,
    spec: bridge.spec,
    low: total(claimsOf(bridge.functions, 'memory', undefined)),
    high: total(claimsOf(bridge.functions, 'prefetchable', undefined)),
  }))
  const windows = hostWindows(needs, memory)
  const ports: Space[] = []
  for (const [i, bridge] of bridges.entries()) {
    const own = windows[i] ?? []
    const spaces = own.map((window): Space => ({ start: window.start + window.busOffset, length: window.length }))
    const low = spaces.filter((space) => space.start + space.length <= 4 * GiB)
    const high = spaces.filter((space) => !low.includes(space))
    const taken: Space[] = []
    placeAll(claimsOf(bridge.functions, 'memory', own), low, taken, HINT)
    placeAll(claimsOf(bridge.functions, 'prefetchable', own), [...high, ...low], taken, HINT)
    placeAll(claimsOf(bridge.functions, 'io', own), [IO_SPACE], ports, IO_HINT)
  }
  return windows
}

/** What the functions of one bus need of a room: their BARs, and a window for each bridge with some below it. */
function claimsOf(functions: readonly PlannedFunction[], room: Room, windows: Windows): Claim[] {
  return functions.flatMap((fn) => [...ownClaims(fn, room, windows), ...bridgeClaim(fn, room, windows)])
}

/** `undefined`: only sizes are asked for, before there are windows. */
type Windows = readonly HostWindow[] | undefined

function ownClaims(fn: PlannedFunction, room: Room, windows: Windows): Claim[] {
  return [...fn.bars, ...(fn.vfs?.bars ?? [])]
    .filter((bar) => roomOf(bar) === room)
    .map((bar): Claim => {
      const claim = {
        where: bar.where,
        length: bar.length * bar.count,
        align: bar.length,
        settle: (start: number) => {
          bar.bus = start
        },
      }
      if (bar.fixed === undefined || windows === undefined) return claim
      return { ...claim, fixed: busOf(bar, bar.fixed, windows) }
    })
}

function bridgeClaim(fn: PlannedFunction, room: Room, windows: Windows): Claim[] {
  if (fn.bridge === undefined) return []
  const inner = claimsOf(fn.bridge.functions, room, windows)
  if (inner.length === 0) return []
  const into = fn.bridge.windows
  const claim = packed(fn.where, inner, GRANULARITY[room])
  const settle = (start: number): void => {
    into[room] = { start, length: claim.length }
    claim.settle(start)
  }
  return [{ ...claim, settle }]
}

function roomOf(bar: PlannedBar): Room {
  if (bar.kind === 'io') return 'io'
  // A prefetchable window takes 64-bit addresses here, so a 32-bit BAR goes where the others below 4 GiB go.
  return bar.kind === 'mem64pref' ? 'prefetchable' : 'memory'
}

/** A CPU address as the bus has it. Ports are the same on both sides. */
function busOf(bar: PlannedBar, start: number, windows: readonly HostWindow[]): number {
  const window = windows.find((one) => start >= one.start && start < one.start + one.length)
  const bus = start + (bar.kind === 'io' ? 0 : (window?.busOffset ?? 0))
  if (isAligned(bus, bar.length)) return bus
  const message = `bus address ${hex(bus)} is not a multiple of its length ${hex(bar.length)}`
  throw specError(`${bar.where}.start`, message, 'a BAR starts at a multiple of its length')
}

const total = (claims: readonly Claim[]): number =>
  claims.reduce((sum, claim) => sum + alignUp(claim.length, claim.align), 0)
