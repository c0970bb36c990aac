/** What a person may say about the windows of a machine's host bridges. */
import type { InboundSpec, WindowSpec } from '@barter/core'
import type { BoardName } from './board.ts'

/** One host bridge whose windows are written out. */
export interface HostBridgeOffset {
  /** Domain and root bus, as in `0000:00`. */
  readonly hostBridge: string
  /** CPU addresses, and where they are on the bus. What no window mentions stays as it is. */
  readonly windows: readonly WindowSpec[]
  /** Bus addresses of devices that reach other CPU addresses (`dma-ranges`). As they are unless given. */
  readonly inbound?: readonly InboundSpec[]
  /**
   * Which side of the devices stays: with `cpu` (unless given) their CPU addresses, and the registers change; with `bus`
   * the registers, and the CPU sees the devices elsewhere.
   */
  readonly keep?: 'cpu' | 'bus'
}

/** One host bridge as a known machine has it. What is below moves into its windows, on both sides. */
export interface BoardOffset {
  readonly board: BoardName
  /** The first one unless given. */
  readonly hostBridge?: string
}

export type BridgeOffset = HostBridgeOffset | BoardOffset
/** `bridges`: several of them, for who can write no list of options. */
export type BusOffsetOptions =
  BoardName | BridgeOffset | readonly BridgeOffset[] | { readonly bridges: readonly BridgeOffset[] }

export const isBoard = (one: BridgeOffset): one is BoardOffset => 'board' in one
