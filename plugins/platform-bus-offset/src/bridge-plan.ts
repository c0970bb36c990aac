/** What becomes of one host bridge: its new windows, and where the addresses below it go. */
import {
  ADDRESS_LIMIT,
  type HostBridge,
  type HostWindow,
  type InboundRange,
  MiB,
  parseSize,
  physAddr,
} from '@barter/core'
import type { HostBridgeOffset } from './bus-offset-options.ts'
import { busOffsetWindow } from './errors.ts'
import type { MovedRange } from './moved-range.ts'

export interface BridgePlan {
  readonly id: string
  readonly windows: readonly HostWindow[]
  readonly inbound: readonly InboundRange[]
  readonly moves: readonly MovedRange[]
}

/**
 * The plan for windows that a person wrote. An existing window is cut where one of those begins or ends; the rest of it
 * stays. **Errors** `UsageError` `BUS_OFFSET_WINDOW`.
 */
export function planWindows(bridge: HostBridge, { windows, inbound, keep = 'cpu' }: HostBridgeOffset): BridgePlan {
  // What comes from a file may lack anything.
  if ((windows as unknown) === undefined)
    throw busOffsetWindow(`the entry of host bridge ${bridge.id}`, 'has no windows and no board')
  const wanted = windows.map((one, i) => windowOf(`windows[${i}] of host bridge ${bridge.id}`, one))
  // Where the outbound windows are not known, CPU and bus addresses are the same everywhere.
  const found = bridge.windows.length > 0 ? bridge.windows : wanted.map((one) => unmoved(one, keep))
  const side = (window: HostWindow): number => (keep === 'cpu' ? window.start : window.start + window.busOffset)
  const rests = found.flatMap((old) => without(old, wanted, side))
  const moves = found.flatMap((old) =>
    [...wanted, ...rests].flatMap((one) => {
      const begin = Math.max(side(old), side(one))
      const end = Math.min(side(old) + old.length, side(one) + one.length)
      if (end <= begin) return []
      const cpu = one.start + begin - side(one)
      return [
        { from: old.start + old.busOffset + begin - side(old), length: end - begin, bus: cpu + one.busOffset, cpu },
      ]
    }),
  )
  return {
    id: bridge.id,
    windows: [...wanted, ...rests].sort((a, b) => a.start - b.start),
    inbound: inbound === undefined ? bridge.inbound : inbound.map(inboundOf),
    moves,
  }
}

const unmoved = (window: HostWindow, keep: 'cpu' | 'bus'): HostWindow => ({
  start: physAddr(keep === 'cpu' ? window.start : window.start + window.busOffset),
  length: window.length,
  busOffset: 0,
})

/** The parts of `old` that none of `wanted` covers, on the side that stays. */
function without(
  old: HostWindow,
  wanted: readonly HostWindow[],
  side: (window: HostWindow) => number,
): readonly HostWindow[] {
  const rests: HostWindow[] = []
  const end = side(old) + old.length
  let at = side(old)
  const part = (to: number): void => {
    if (to > at) {
      rests.push({ start: physAddr(old.start + at - side(old)), length: to - at, busOffset: old.busOffset })
    }
  }
  for (const one of [...wanted].sort((a, b) => side(a) - side(b))) {
    part(Math.min(side(one), end))
    at = Math.max(at, side(one) + one.length)
  }
  part(end)
  return rests
}

function windowOf(what: string, spec: HostBridgeOffset['windows'][number]): HostWindow {
  for (const field of ['start', 'length'] as const) {
    if (!['number', 'string'].includes(typeof spec[field])) throw busOffsetWindow(what, `has no ${field}`)
  }
  const start = parseSize(spec.start)
  const length = parseSize(spec.length)
  if ((spec.bus === undefined) === (spec.busOffset === undefined)) {
    throw busOffsetWindow(what, spec.bus === undefined ? 'has no busOffset' : 'has both bus and busOffset')
  }
  const busOffset = spec.bus === undefined ? signed(spec.busOffset ?? 0) : parseSize(spec.bus) - start
  if (length === 0) throw busOffsetWindow(what, 'is empty')
  if ([start, length, busOffset].some((value) => value % MiB !== 0)) throw busOffsetWindow(what, 'is not in whole MiB')
  if (start + busOffset < 0) throw busOffsetWindow(what, 'would begin below bus address 0')
  if (Math.max(start, start + busOffset) + length > ADDRESS_LIMIT) throw busOffsetWindow(what, 'would end beyond 2^52')
  return { start: physAddr(start), length, busOffset }
}

function signed(size: number | string): number {
  if (typeof size === 'number') return size < 0 ? -parseSize(-size) : parseSize(size)
  const text = size.trim()
  return text.startsWith('-') ? -parseSize(text.slice(1)) : parseSize(text)
}

const inboundOf = (spec: NonNullable<HostBridgeOffset['inbound']>[number]): InboundRange => ({
  bus: parseSize(spec.bus),
  start: physAddr(parseSize(spec.start)),
  length: parseSize(spec.length),
})
