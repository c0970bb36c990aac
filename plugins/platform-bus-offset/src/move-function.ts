/** One function with its addresses changed: what the topology says of its BARs, and the registers that hold them. */
import {
  type Bar,
  busAddr,
  type ConfigSpace,
  GiB,
  isMemoryBar,
  isNarrowWindow,
  moveBridgeWindow,
  type PciFunction,
  physAddr,
  readBarRegisters,
  readBridgeWindows,
  readSriov,
  writeBarRegister,
} from '@barter/core'
import { busOffsetAlignment, busOffsetOutside, busOffsetRange } from './errors.ts'
import { isTouched, type MovedRange, newPlace, type NewPlace } from './moved-range.ts'

/** Offset of the first BAR in the SR-IOV capability. */
const PCI_SRIOV_BAR = 0x24

/**
 * The function below a host bridge whose addresses move. Gives the same function when nothing of it does.
 *
 * **Errors** `UsageError` `BUS_OFFSET_OUTSIDE`, `BUS_OFFSET_ALIGNMENT`, `BUS_OFFSET_RANGE`.
 * **Not modelled** expansion ROMs.
 */
export function moveFunction(fn: PciFunction, moves: readonly MovedRange[]): PciFunction {
  const bars = fn.bars.map((bar) => movedBar(fn, bar, moves))
  const config = fn.config.copy()
  for (const register of readBarRegisters(config)) {
    const index = fn.bars.findIndex((bar) => bar.index === register.index && bar.bus === register.bus)
    const bar = bars[index]
    if (bar !== undefined && isMemoryBar(bar)) writeBarRegister(config, { ...register, bus: bar.bus })
  }
  moveWindows(fn, config, moves)
  moveVirtual(fn, config, moves)
  const same = config.bytes.every((byte, at) => byte === fn.config.bytes[at])
  return { ...fn, bars, config: same ? fn.config : config }
}

function movedBar(fn: PciFunction, bar: Bar, moves: readonly MovedRange[]): Bar {
  // 0 is no address: firmware gave the BAR none.
  if (!isMemoryBar(bar) || bar.bus === 0) return bar
  const what = `BAR ${bar.index} of ${fn.bdf}`
  const length = bar.length ?? 1
  const place = placeOf(what, bar.bus, length, moves)
  if (place.bus % length !== 0) throw busOffsetAlignment(what, place.bus, length)
  if (place.bus === 0) throw busOffsetRange(what, 0, 'a BAR at 0 counts as one without an address')
  if (bar.kind === 'mem32' || bar.kind === 'mem32pref') checkNarrow(what, place.bus, length)
  return { ...bar, start: physAddr(place.cpu), bus: busAddr(place.bus) }
}

function moveWindows(fn: PciFunction, config: ConfigSpace, moves: readonly MovedRange[]): void {
  for (const window of readBridgeWindows(config)) {
    // A window that nobody set up may lie anywhere; it holds nothing.
    if (!isTouched(moves, window.start, window.length)) continue
    const what = `the ${window.prefetchable ? 'prefetchable ' : ''}window of ${fn.bdf}`
    const { bus } = placeOf(what, window.start, window.length, moves)
    if (isNarrowWindow(config, window)) checkNarrow(what, bus, window.length)
    moveBridgeWindow(config, window, bus)
  }
}

/** Where the virtual functions sit; their own BARs are looked at with them. */
function moveVirtual(fn: PciFunction, config: ConfigSpace, moves: readonly MovedRange[]): void {
  const sriov = readSriov(config)
  if (sriov === null || sriov === undefined) return
  for (const bar of sriov.bars) {
    if (bar.kind === 'io' || bar.bus === 0) continue
    const { bus } = placeOf(`BAR ${bar.index} of the virtual functions of ${fn.bdf}`, bar.bus, 1, moves)
    writeBarRegister(config, { ...bar, bus: busAddr(bus) }, sriov.offset + PCI_SRIOV_BAR)
  }
}

function placeOf(what: string, bus: number, length: number, moves: readonly MovedRange[]): NewPlace {
  const place = newPlace(moves, bus, length)
  if (place === undefined) throw busOffsetOutside(what, bus, length)
  return place
}

function checkNarrow(what: string, bus: number, length: number): void {
  if (bus + length > 4 * GiB) throw busOffsetRange(what, bus, 'it holds 32-bit addresses only')
}
