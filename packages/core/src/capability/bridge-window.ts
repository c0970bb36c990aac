/** Base and limit registers of a bridge: what it forwards downstream. */
import { ADDRESS_LIMIT, busAddr, MiB } from '../address.ts'
import {
  type ConfigSpace,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
} from '../config-space.ts'
import type { BridgeWindow } from '../pci-function.ts'

export const PCI_IO_BASE = 0x1c
export const PCI_IO_LIMIT = 0x1d
/** Low bits of the prefetchable registers: the window takes 64-bit addresses. */
const PREF_TYPE_64 = 0x1
const SPAN_32 = 2 ** 32

/**
 * The memory windows of a bridge, non-prefetchable first. A disabled one (base above limit) is left out, and so is
 * one beyond 2^52 or not within the known bytes. Addresses are those of the bus, before a host bridge's offset.
 *
 * **Not modelled** I/O port windows: no peer traffic goes through them.
 */
export function readBridgeWindows(config: ConfigSpace): BridgeWindow[] {
  if (config.silent || config.headerType !== 1) return []
  const windows: BridgeWindow[] = []
  const memory = readWindow(config, PCI_MEMORY_BASE, PCI_MEMORY_LIMIT)
  if (memory !== undefined) windows.push(window(memory, false))
  const wide = ((config.read16(PCI_PREF_MEMORY_BASE) ?? 0) & 0xf) === PREF_TYPE_64
  const pref = wide
    ? readWindow(config, PCI_PREF_MEMORY_BASE, PCI_PREF_MEMORY_LIMIT, PCI_PREF_BASE_UPPER32, PCI_PREF_LIMIT_UPPER32)
    : readWindow(config, PCI_PREF_MEMORY_BASE, PCI_PREF_MEMORY_LIMIT)
  if (pref !== undefined) windows.push(window(pref, true))
  return windows
}

/**
 * Write both memory windows and the I/O window; one that is not given becomes disabled.
 *
 * **Units** bytes; memory windows start and end at multiples of 1 MiB, the I/O window at multiples of 4 KiB.
 */
export function writeBridgeWindows(
  config: ConfigSpace,
  windows: { readonly memory?: Span; readonly prefetchable?: Span; readonly io?: Span },
): void {
  const memory = windows.memory ?? CLOSED
  const pref = windows.prefetchable ?? CLOSED
  const io = windows.io ?? CLOSED_IO
  config.write(PCI_IO_BASE, 1, Math.floor(io.start / 0x100))
  config.write(PCI_IO_LIMIT, 1, Math.floor(last(io) / 0x100) & 0xf0)
  config.write(PCI_MEMORY_BASE, 2, highHalf(memory.start))
  config.write(PCI_MEMORY_LIMIT, 2, highHalf(last(memory)))
  config.write(PCI_PREF_MEMORY_BASE, 2, highHalf(pref.start) | PREF_TYPE_64)
  config.write(PCI_PREF_MEMORY_LIMIT, 2, highHalf(last(pref)) | PREF_TYPE_64)
  config.write(PCI_PREF_BASE_UPPER32, 4, Math.floor(pref.start / SPAN_32))
  config.write(PCI_PREF_LIMIT_UPPER32, 4, Math.floor(last(pref) / SPAN_32))
}

/**
 * Let one window start elsewhere; its length, its type bits and the other windows stay.
 * **Units** `start` is a multiple of 1 MiB; a window that holds 32-bit addresses has to stay below 4 GiB.
 */
export function moveBridgeWindow(config: ConfigSpace, window: BridgeWindow, start: number): void {
  const [base, limit] = window.prefetchable
    ? [PCI_PREF_MEMORY_BASE, PCI_PREF_MEMORY_LIMIT]
    : [PCI_MEMORY_BASE, PCI_MEMORY_LIMIT]
  const type = (config.read16(base) ?? 0) & 0xf
  const end = start + window.length - 1
  config.write(base, 2, highHalf(start) | type)
  config.write(limit, 2, highHalf(end) | type)
  if (!window.prefetchable || type !== PREF_TYPE_64) return
  config.write(PCI_PREF_BASE_UPPER32, 4, Math.floor(start / SPAN_32))
  config.write(PCI_PREF_LIMIT_UPPER32, 4, Math.floor(end / SPAN_32))
}

/** The window cannot hold addresses from 4 GiB on. */
export const isNarrowWindow = (config: ConfigSpace, window: BridgeWindow): boolean =>
  !window.prefetchable || ((config.read16(PCI_PREF_MEMORY_BASE) ?? 0) & 0xf) !== PREF_TYPE_64

export interface Span {
  readonly start: number
  /** Bytes. */
  readonly length: number
}

/** Base 0xfff00000, limit 0x000fffff: base above limit is how a window is switched off. */
const CLOSED: Span = { start: 0xfff0_0000, length: 0x10_0000 - 0xfff0_0000 }
const CLOSED_IO: Span = { start: 0xf000, length: 0x1000 - 0xf000 }

const last = (span: Span): number => span.start + span.length - 1
/** Bits 31:20 of an address where a 16-bit register holds them. */
const highHalf = (address: number): number => Math.floor((address % SPAN_32) / 0x1_0000) & 0xfff0

function readWindow(config: ConfigSpace, base: number, limit: number, upperBase?: number, upperLimit?: number) {
  const low = config.read16(base)
  const high = config.read16(limit)
  const lowUpper = upperBase === undefined ? 0 : config.read32(upperBase)
  const highUpper = upperLimit === undefined ? 0 : config.read32(upperLimit)
  if (low === undefined || high === undefined || lowUpper === undefined || highUpper === undefined) return undefined
  const start = lowUpper * SPAN_32 + (low & 0xfff0) * 0x1_0000
  const end = highUpper * SPAN_32 + (high & 0xfff0) * 0x1_0000 + MiB
  return start < end && end <= ADDRESS_LIMIT ? { start, length: end - start } : undefined
}

const window = (span: Span, prefetchable: boolean): BridgeWindow => ({
  start: busAddr(span.start),
  length: span.length,
  prefetchable,
})
