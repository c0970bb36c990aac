/** Mistakes of whoever moves windows of host bridges. */
import { type Bdf, hex, nearest, UsageError } from '@barter/core'
import { BOARD_NAMES } from './board.ts'

const plugin = 'platform-bus-offset'

const range = (start: number, length: number): string => `[${hex(start)}, ${hex(start + length)})`

export const busOffsetAlignment = (what: string, bus: number, align: number): UsageError =>
  new UsageError('BUS_OFFSET_ALIGNMENT', `${what} would be at bus address ${hex(bus)}`, {
    hint: `choose an offset that is a multiple of ${hex(align)}, its length`,
    plugin,
  })

export const busOffsetBoard = (name: string): UsageError =>
  new UsageError('BUS_OFFSET_BOARD', `there is no board ${name}`, {
    hint: nearest(name, BOARD_NAMES) ?? `use one of ${BOARD_NAMES.join(', ')}, or write the windows yourself`,
    plugin,
  })

export const busOffsetBridge = (id: string, known: readonly string[], twice: boolean): UsageError =>
  new UsageError('BUS_OFFSET_BRIDGE', twice ? `host bridge ${id} is there twice` : `there is no host bridge ${id}`, {
    hint: twice
      ? 'write all its windows in one entry'
      : (nearest(id, known) ?? `name one of ${known.join(', ') || 'those that the machine has: it has none'}`),
    plugin,
  })

export const busOffsetOutside = (what: string, bus: number, length: number): UsageError =>
  new UsageError('BUS_OFFSET_OUTSIDE', `${what}, now at bus addresses ${range(bus, length)}, is in no window`, {
    hint: 'let one window hold it whole, or leave it out of all of them',
    plugin,
  })

export const busOffsetOverlap = (
  a: string,
  b: string,
  start: number,
  length: number,
  side: 'CPU' | 'bus',
): UsageError =>
  new UsageError('BUS_OFFSET_OVERLAP', `${a} and ${b} share the ${side} addresses ${range(start, length)}`, {
    hint:
      side === 'bus'
        ? 'move one of them; inbound ranges put RAM elsewhere on the bus'
        : 'move one of them; no two things answer to one CPU address',
    plugin,
  })

export const busOffsetRange = (what: string, bus: number, why: string): UsageError =>
  new UsageError('BUS_OFFSET_RANGE', `${what} would be at bus address ${hex(bus)}, but ${why}`, {
    hint: 'choose another offset for its window',
    plugin,
  })

export const busOffsetRoom = (bdf: Bdf, length: number, board: string): UsageError =>
  new UsageError('BUS_OFFSET_ROOM', `${hex(length)} bytes below ${bdf} find no place in the windows of ${board}`, {
    hint: 'make BARs smaller, or write windows of your own',
    plugin,
  })

export const busOffsetWindow = (what: string, why: string): UsageError =>
  new UsageError('BUS_OFFSET_WINDOW', `${what} ${why}`, {
    hint: 'write start, length and busOffset (or bus) as multiples of 1 MiB: start: 0x80000000, busOffset: -0x80000000',
    plugin,
  })
