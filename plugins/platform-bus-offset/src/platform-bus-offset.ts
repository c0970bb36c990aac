/** The plugin: host bridges behind which devices answer to other addresses than those that the CPU uses for them. */
import type { Plugin, Topology } from '@barter/core'
import { isBoardName } from './board.ts'
import { planBoard } from './board-plan.ts'
import { type BridgePlan, planWindows } from './bridge-plan.ts'
import { type BridgeOffset, type BusOffsetOptions, isBoard } from './bus-offset-options.ts'
import { checkAddresses } from './check-addresses.ts'
import { busOffsetBoard, busOffsetBridge } from './errors.ts'
import { moveFunction } from './move-function.ts'

const NAME = 'platform-bus-offset'

/**
 * Move windows of host bridges, with everything that lies in them: BARs as CPU and bus see them, BAR registers, windows
 * of bridges, virtual functions. The map types of pairs stay what they were.
 *
 * **Shape** one host bridge, several, or the name of a board for the first one.
 * **Errors** `UsageError`: `BUS_OFFSET_BOARD` at once; `BUS_OFFSET_BRIDGE`, `BUS_OFFSET_WINDOW`, `BUS_OFFSET_OVERLAP`,
 * `BUS_OFFSET_OUTSIDE`, `BUS_OFFSET_ALIGNMENT`, `BUS_OFFSET_RANGE`, `BUS_OFFSET_ROOM` at composition.
 * **Source** P2P-4, HAZ-9, DMA-4.
 */
export function busOffset(options: BusOffsetOptions): Plugin {
  const offsets = listed(options)
  for (const one of offsets) if (isBoard(one) && !isBoardName(one.board)) throw busOffsetBoard(one.board)
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.topology.tap(NAME, (topology) => withBusOffset(topology, offsets))
    },
  }
}

/** The same without a system. **Shape** the given topology stays as it is. */
export function withBusOffset(topology: Topology, offsets: readonly BridgeOffset[]): Topology {
  const plans = new Map<string, BridgePlan>()
  for (const one of offsets) {
    const plan = planOf(topology, one)
    if (plans.has(plan.id)) throw busOffsetBridge(plan.id, [], true)
    plans.set(plan.id, plan)
  }
  const functions = topology.functions.map((fn) => {
    const plan = plans.get(fn.hostBridge)
    return plan === undefined ? fn : moveFunction(fn, plan.moves)
  })
  const hostBridges = topology.hostBridges.map((bridge) => {
    const plan = plans.get(bridge.id)
    return plan === undefined ? bridge : { ...bridge, windows: plan.windows, inbound: plan.inbound }
  })
  const moved = topology.with({ functions, hostBridges })
  checkAddresses(moved, [...plans.keys()])
  return moved
}

function listed(options: BusOffsetOptions): readonly BridgeOffset[] {
  if (typeof options === 'string') return [{ board: options }]
  if ('bridges' in options) return options.bridges
  return isList(options) ? options : [options]
}

const isList = (options: BridgeOffset | readonly BridgeOffset[]): options is readonly BridgeOffset[] =>
  Array.isArray(options)

function planOf(topology: Topology, offset: BridgeOffset): BridgePlan {
  const known = topology.hostBridges.map((bridge) => bridge.id)
  const id = offset.hostBridge ?? known[0] ?? '0000:00'
  const bridge = topology.hostBridges.find((one) => one.id === id)
  if (bridge === undefined) throw busOffsetBridge(id, known, false)
  return isBoard(offset) ? planBoard(topology, bridge, offset.board) : planWindows(bridge, offset)
}
