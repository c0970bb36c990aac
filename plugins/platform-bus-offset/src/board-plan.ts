/** Everything below a host bridge, laid out anew in the windows of a known machine. */
import {
  type Bdf,
  GiB,
  type HostBridge,
  isMemoryBar,
  isNarrowWindow,
  MiB,
  physAddr,
  type PciFunction,
  readBridgeWindows,
  type Topology,
} from '@barter/core'
import { type Board, type BoardName, BOARDS } from './board.ts'
import type { BridgePlan } from './bridge-plan.ts'
import { busOffsetRoom } from './errors.ts'
import type { MovedRange } from './moved-range.ts'

/** What moves as one: a BAR on the root bus, or a window of a bridge there with all it holds. */
interface Block {
  readonly of: Bdf
  readonly start: number
  readonly length: number
  /** It has to stay below 4 GiB. */
  readonly narrow: boolean
  /** Its address may change by multiples of this. */
  readonly align: number
}

/** **Errors** `UsageError` `BUS_OFFSET_ROOM`. */
export function planBoard(topology: Topology, bridge: HostBridge, name: BoardName): BridgePlan {
  const board: Board = BOARDS[name]
  const free = board.windows.map((window) => ({ ...window, next: firstAddress(window.bus) }))
  const narrow = free.filter((window) => window.bus + window.length <= 4 * GiB)
  const wideFirst = [...free.filter((window) => !narrow.includes(window)), ...narrow]
  const moves: MovedRange[] = []
  for (const block of blocksOf(topology, bridge).sort((a, b) => b.align - a.align)) {
    let placed = false
    for (const window of block.narrow ? narrow : wideFirst) {
      const bus = inStep(window.next, block)
      if (bus + block.length > window.bus + window.length) continue
      window.next = bus + block.length
      moves.push({ from: block.start, length: block.length, bus, cpu: bus - window.bus + window.cpu })
      placed = true
      break
    }
    if (!placed) throw busOffsetRoom(block.of, block.length, board.part)
  }
  return {
    id: bridge.id,
    windows: board.windows.map(({ cpu, bus, length }) => ({ start: physAddr(cpu), length, busOffset: bus - cpu })),
    inbound: board.inbound.map(({ cpu, bus, length }) => ({ bus, start: physAddr(cpu), length })),
    moves,
  }
}

/** A BAR register that holds 0 holds no address, so nothing goes there. */
const firstAddress = (bus: number): number => Math.max(bus, MiB)

/** First address from `next` on that differs from where the block is by whole steps of its alignment. */
function inStep(next: number, { start, align }: Block): number {
  const ahead = (start - next) % align
  return next + (ahead < 0 ? ahead + align : ahead)
}

function blocksOf(topology: Topology, bridge: HostBridge): Block[] {
  const below = topology.functions.filter((fn) => fn.hostBridge === bridge.id)
  const bars = below.flatMap((fn) =>
    fn.bars
      .filter((bar) => isMemoryBar(bar) && bar.bus !== 0)
      .map((bar) => ({ fn, bar, start: bar.bus, length: bar.length ?? 1 })),
  )
  const alignOf = (start: number, length: number, least: number): number =>
    bars
      .filter((one) => one.start >= start && one.start < start + length)
      .reduce((most, one) => Math.max(most, one.length), least)
  const windows = topology.children(bridge.id).flatMap((fn) =>
    readBridgeWindows(fn.config)
      .filter((window) => bars.some((one) => one.start >= window.start && one.start < window.start + window.length))
      .map((window): Block => ({
        of: fn.bdf,
        start: window.start,
        length: window.length,
        narrow: isNarrowWindow(fn.config, window),
        align: alignOf(window.start, window.length, MiB),
      })),
  )
  const loose = bars.filter(
    ({ start }) => !windows.some((window) => start >= window.start && start < window.start + window.length),
  )
  return [...windows, ...joined(loose)]
}

interface LooseBar {
  readonly fn: PciFunction
  readonly bar: PciFunction['bars'][number]
  readonly start: number
  readonly length: number
}

/** BARs that no window holds; those of one row of virtual functions go together, since one register places them. */
function joined(bars: readonly LooseBar[]): Block[] {
  const rows = new Map<string, LooseBar[]>()
  for (const one of bars) {
    const key = one.fn.physicalFunction === undefined ? one.fn.bdf : `functions of ${one.fn.physicalFunction}`
    const row = rows.get(`${key} ${one.bar.index}`) ?? []
    rows.set(`${key} ${one.bar.index}`, [...row, one])
  }
  return [...rows.values()].flatMap((row) => {
    const [first] = row
    if (first === undefined) return []
    const start = Math.min(...row.map((one) => one.start))
    const end = Math.max(...row.map((one) => one.start + one.length))
    const narrow = first.bar.kind === 'mem32' || first.bar.kind === 'mem32pref'
    return [{ of: first.fn.bdf, start, length: end - start, narrow, align: first.length }]
  })
}
