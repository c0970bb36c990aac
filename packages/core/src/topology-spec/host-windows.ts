/** Windows of the host bridges: as written, or placed where a PC has them. */
import { advance, alignUp, GiB, hex, MiB, overlaps, physAddr, type PhysRange } from '../address.ts'
import type { HostWindow } from '../topology.ts'
import { type Claim, placeAll, type Space } from './claim.ts'
import { LOW_MEMORY_END } from './memory.ts'
import { sizeAt, specError } from './spec-error.ts'
import type { HostBridgeSpec, WindowSpec } from './spec.ts'

/** From the end of low RAM to the I/O APIC's page and its kin. */
const LOW: Space = { start: LOW_MEMORY_END, length: 0xfc00_0000 - LOW_MEMORY_END }
/** 4 TiB to 64 TiB: above any RAM that a default asks for, and within 46 bits. */
const HIGH: Space = { start: 4096 * GiB, length: 61_440 * GiB }
const LEAST_LOW = 16 * MiB
const LEAST_HIGH = 64 * GiB
const HINT = 'write windows for the host bridges'

/** How much a host bridge has to hold: below 4 GiB, and above. **Units** bytes, alignment included. */
export interface WindowNeed {
  readonly where: string
  readonly spec: HostBridgeSpec
  readonly low: number
  readonly high: number
}

/**
 * Windows of each host bridge, in the same order. A single bridge without any gets all the room below 4 GiB.
 * **Errors** `UsageError` `TOPOLOGY_SPEC`: windows overlap each other or RAM, or there is no room.
 */
export function hostWindows(needs: readonly WindowNeed[], memory: readonly PhysRange[]): HostWindow[][] {
  const result = needs.map(({ where, spec }) => written(where, spec))
  const taken: Space[] = [...memory]
  for (const [i, windows] of result.entries()) {
    for (const window of windows) {
      const other = taken.find((one) => overlaps(one.start, one.length, window.start, window.length))
      if (other !== undefined) {
        const message = `its window at ${hex(window.start)} overlaps RAM or another window at ${hex(other.start)}`
        throw specError(needs[i]?.where ?? '', message, 'move one of them')
      }
      taken.push(window)
    }
  }
  const automatic = needs.flatMap((need, i) => {
    const windows = result[i]
    return windows === undefined || hasWindows(need.spec) ? [] : [{ need, windows }]
  })
  const whole = needs.length === 1 && !taken.some((one) => overlaps(one.start, one.length, LOW.start, LOW.length))
  const low = automatic.map(({ need, windows }) => claim(need.where, Math.max(need.low, LEAST_LOW), windows))
  if (whole && low.length > 0) automatic[0]?.windows.push(window(LOW.start, LOW.length))
  else placeAll(low, [LOW], taken, HINT)
  const high = automatic.map(({ need, windows }) => claim(need.where, Math.max(need.high, LEAST_HIGH), windows))
  placeAll(high, [HIGH], taken, HINT)
  return result
}

const hasWindows = (spec: HostBridgeSpec): boolean => spec.window !== undefined || spec.windows !== undefined

function claim(where: string, need: number, into: HostWindow[]): Claim {
  // A power of two, aligned to itself, holds whatever adds up to it.
  const length = 2 ** Math.ceil(Math.log2(need))
  return { where, length, align: length, settle: (start) => into.push(window(start, length)) }
}

const window = (start: number, length: number, busOffset = 0): HostWindow => ({
  start: physAddr(start),
  length,
  busOffset,
})

function written(where: string, spec: HostBridgeSpec): HostWindow[] {
  if (spec.window !== undefined && spec.windows !== undefined) {
    throw specError(where, 'it has both window and windows', 'write windows only')
  }
  if (spec.window !== undefined) return [one(`${where}.window`, spec.window)]
  return (spec.windows ?? []).map((each, i) => one(`${where}.windows[${i}]`, each))
}

function one(where: string, spec: WindowSpec): HostWindow {
  const start = sizeAt(`${where}.start`, spec.start)
  const length = sizeAt(`${where}.length`, spec.length)
  if (length === 0 || alignUp(start, MiB) !== start || alignUp(length, MiB) !== length) {
    throw specError(
      where,
      'start or length is not in whole MiB',
      'bridges forward whole MiB, so write multiples of 1 MiB',
    )
  }
  const busOffset = offsetOf(where, spec, start)
  const bus = start + busOffset
  if (bus < 0 || alignUp(bus, MiB) !== bus) {
    throw specError(
      where,
      `its first bus address would be ${hex(bus)}`,
      'write bus as a multiple of 1 MiB, not below 0',
    )
  }
  advance(physAddr(Math.max(start, bus)), length - 1)
  return window(start, length, busOffset)
}

function offsetOf(where: string, spec: WindowSpec, start: number): number {
  if (spec.bus !== undefined && spec.busOffset !== undefined) {
    throw specError(where, 'it has both bus and busOffset', 'write one of them')
  }
  if (spec.bus !== undefined) return sizeAt(`${where}.bus`, spec.bus) - start
  const offset = spec.busOffset ?? 0
  const negative = typeof offset === 'number' ? offset < 0 : offset.trim().startsWith('-')
  const size = typeof offset === 'number' ? Math.abs(offset) : offset.trim().replace(/^-/, '')
  return sizeAt(`${where}.busOffset`, size) * (negative ? -1 : 1)
}
