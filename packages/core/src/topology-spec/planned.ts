/** A topology between spec and bytes: every function has its number and kind, addresses are still to come. */
import type { Bdf } from '../bdf.ts'
import type { Span } from '../capability/bridge-window.ts'
import type { BarKind, FunctionKind } from '../pci-function.ts'
import type { AcsWords } from './acs-words.ts'
import type { Identity } from './identity.ts'
import type { PlannedMsix } from './msix.ts'
import type { EndpointSpec, HostBridgeSpec } from './spec.ts'

export interface PlannedBar {
  readonly where: string
  readonly index: number
  readonly kind: BarKind
  /** Of one function, also for virtual functions. */
  readonly length: number
  /** How many lie one behind the other: 1, or the number of virtual functions. */
  readonly count: number
  /** CPU address that the spec asks for. */
  readonly fixed?: number
  /** Address on the bus, once assigned. */
  bus: number
}

export interface PlannedWindows {
  memory?: Span
  prefetchable?: Span
  io?: Span
}

export interface PlannedFunction {
  /** Path in the spec. */
  readonly where: string
  readonly bdf: Bdf
  readonly parent: PlannedFunction | null
  readonly hostBridge: string
  readonly kind: FunctionKind
  readonly pcie: boolean
  readonly identity: Identity
  readonly acs: AcsWords | null
  readonly bars: readonly PlannedBar[]
  readonly externalFacing?: boolean
  /** What the spec says of an endpoint beyond that. */
  readonly endpoint?: EndpointSpec
  readonly msix?: PlannedMsix
  readonly vfs?: PlannedVfs
  /** A virtual function: of whom, and which. */
  readonly virtual?: { readonly of: PlannedFunction; readonly index: number }
  /** A bridge: its bus numbers and what is below. */
  readonly bridge?: PlannedBridge
}

export interface PlannedBridge {
  readonly secondary: number
  subordinate: number
  readonly functions: PlannedFunction[]
  /** In bus addresses, once assigned. */
  readonly windows: PlannedWindows
}

export interface PlannedVfs {
  readonly count: number
  readonly device: number
  readonly bars: readonly PlannedBar[]
  /** Added to the routing id of the physical function for the first one; the next follow at once. Set with the slot. */
  offset: number
}

export interface PlannedHostBridge {
  readonly where: string
  readonly spec: HostBridgeSpec
  /** `0000:00` */
  readonly id: string
  readonly domain: number
  readonly bus: number
  subordinate: number
  readonly functions: PlannedFunction[]
}
