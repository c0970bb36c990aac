/** One PCI function as it stands in a topology: what is known of it before a run begins. Plain, immutable data. */
import type { BusAddr, PhysAddr } from './address.ts'
import type { Bdf } from './bdf.ts'
import type { ConfigSpace } from './config-space.ts'

/** Role by PCIe capability and header; a function without PCIe capability is `endpoint`, `pci-bridge` or `host-bridge`. */
export type FunctionKind =
  'root-port' | 'upstream-port' | 'downstream-port' | 'pci-bridge' | 'endpoint' | 'rciep' | 'host-bridge'

export type BarKind = 'io' | 'mem32' | 'mem32pref' | 'mem64' | 'mem64pref'

export interface Bar {
  /** 0..5; a 64-bit BAR has the lower index only. */
  readonly index: number
  readonly kind: BarKind
  /** CPU view of the first byte (for `io`: the port number). */
  readonly start: PhysAddr
  /** What the BAR register holds: the address on the bus (P2P-4). */
  readonly bus: BusAddr
  /** Bytes; `undefined` when the capture does not tell (config bytes alone do not). */
  readonly length: number | undefined
}

export interface BridgeWindow {
  readonly start: BusAddr
  readonly length: number
  readonly prefetchable: boolean
}

export interface BridgeInfo {
  readonly secondary: number
  readonly subordinate: number
}

export interface PciFunction {
  readonly bdf: Bdf
  /** Bridge above; `null` on a root bus. */
  readonly parent: Bdf | null
  /** Host bridge, named by domain and root bus: `0000:00`. */
  readonly hostBridge: string
  readonly kind: FunctionKind
  /** Has a PCI Express capability; `undefined` when the capture does not tell. */
  readonly pcie: boolean | undefined
  readonly vendor: number
  readonly device: number
  /** 24 bits: base class, sub-class, programming interface. */
  readonly classCode: number
  readonly config: ConfigSpace
  readonly bars: readonly Bar[]
  readonly bridge?: BridgeInfo
  readonly iommuGroup?: number
  /** Name of the bound driver when the capture was made. */
  readonly driver?: string
  /** A virtual function hangs where its physical function hangs. */
  readonly physicalFunction?: Bdf
  /** Ways to reset it, in the kernel's order of preference: `flr`, `af_flr`, `pm`, `bus`, ...; `undefined` when not known. */
  readonly resetMethods?: readonly string[]
  /** Bits of address that the device can emit; 64 unless the capture or spec says otherwise. */
  readonly dmaMaskBits?: number
  /** BARs can be reached neither by CPU mappings nor by peers (P2P-10). */
  readonly nonMappableBars?: boolean
  /** The capture does not show every bridge: some may lie between it and what is above it here. */
  readonly bridgesHidden?: true
  /** The port is external-facing or the device below it is untrusted (ACS-9, HAZ-16). */
  readonly externalFacing?: boolean
}

/** Memory-space BARs only (P2P-2). */
export const isMemoryBar = (bar: Bar): boolean => bar.kind !== 'io'

/** `1b36:0010` */
export function formatId(fn: Pick<PciFunction, 'vendor' | 'device'>): string {
  return `${hex4(fn.vendor)}:${hex4(fn.device)}`
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')
