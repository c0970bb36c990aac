/** A topology as a person writes it down: plain data, the same in YAML, JSON and TypeScript. */
import type { AcsBit } from '../acs.ts'
import type { BarKind } from '../pci-function.ts'
import type { IommuMode } from '../topology.ts'

/** Bytes as a number, or text such as `64 MiB` or `0x4000`. */
export type Size = number | string

export interface TopologySpec {
  /** Intel x86-64 unless given, so that the list of host bridges decides (HB-4). */
  readonly cpu?: CpuSpec
  /** RAM: how much, laid out as on a PC with a hole below 4 GiB, or each range. 4 GiB unless given. */
  readonly memory?: Size | readonly MemorySpec[]
  readonly iommu?: IommuMode
  readonly hostBridges: readonly HostBridgeSpec[]
}

export interface CpuSpec {
  readonly vendor?: string
  readonly family?: number
  readonly arch?: string
  readonly name?: string
}

export interface MemorySpec {
  readonly start: Size
  readonly length: Size
}

export interface HostBridgeSpec {
  /** 0 unless given. */
  readonly domain?: number
  /** Root bus; the first one free in its domain unless given. */
  readonly bus?: number
  /** Vendor and device of the function at 00.0 that stands for the bridge (HB-2), as in `8086:29c0`. None unless given. */
  readonly id?: string
  /** What it decodes. A 32-bit and a 64-bit window are placed automatically when neither field is given. */
  readonly window?: WindowSpec
  readonly windows?: readonly WindowSpec[]
  /** Bus addresses of devices that reach other CPU addresses (`dma-ranges`, DMA-4). */
  readonly inbound?: readonly InboundSpec[]
  /** Hardware fact: the root complex carries requests between devices. What the kernel believes unless given. */
  readonly routesPeers?: boolean
  readonly devices?: readonly DeviceSpec[]
}

export interface WindowSpec {
  /** CPU address of the first byte. */
  readonly start: Size
  readonly length: Size
  /** Bus address of the first byte; the CPU address unless given. Either this or `busOffset`. */
  readonly bus?: Size
  /** Bus address minus CPU address (P2P-4); may be negative. */
  readonly busOffset?: Size
}

export interface InboundSpec {
  readonly bus: Size
  readonly start: Size
  readonly length: Size
}

export type DeviceSpec = RootPortSpec | SwitchSpec | PciBridgeSpec | EndpointSpec

/** `none`: no ACS capability. `off`: the capability with nothing switched on. Else the control bits that are on. */
export type AcsSpec = 'none' | 'off' | readonly AcsBit[]

/** What every function may say of itself. */
export interface FunctionSpec {
  /** Vendor and device, `1b36:0010`. */
  readonly id?: string
  readonly acs?: AcsSpec
  /** Bits that the ACS capability offers. */
  readonly acsCapability?: readonly AcsBit[]
}

/** Where on its bus; the first free device, function 0, unless given. */
export interface SlotSpec {
  readonly device?: number
  readonly function?: number
}

export interface RootPortSpec extends FunctionSpec, SlotSpec {
  readonly rootPort: string
  readonly externalFacing?: boolean
  readonly below?: readonly DeviceSpec[]
}

export interface SwitchSpec extends SlotSpec {
  /** Names the upstream port. */
  readonly switch: string
  readonly upstream?: FunctionSpec
  readonly ports: readonly PortSpec[]
  /** Endpoints beside the upstream port, as functions 1 and on. */
  readonly functions?: readonly EndpointSpec[]
}

export interface PortSpec extends FunctionSpec, SlotSpec {
  readonly port?: string
  readonly below?: readonly DeviceSpec[]
}

/** A PCIe-to-PCI bridge, or a conventional one on a root bus or below another. */
export interface PciBridgeSpec extends FunctionSpec, SlotSpec {
  readonly pciBridge: string
  readonly below?: readonly DeviceSpec[]
}

export type EndpointClass = 'nvme' | 'nic' | 'gpu' | 'accelerator'

export interface EndpointSpec extends FunctionSpec, SlotSpec {
  readonly endpoint: string
  /** A word, or the 24 bits of the class code. `accelerator` unless given. */
  readonly class?: EndpointClass | number | `0x${string}`
  readonly bars?: readonly BarSpec[]
  /** PCI Express; so unless it sits below a PCI bridge. On a root bus it is an integrated endpoint. */
  readonly pcie?: boolean
  /** Offers function level reset: true on PCI Express, by the AF capability and false on conventional PCI unless given. */
  readonly flr?: boolean
  /** Going through D3hot resets it. */
  readonly pmReset?: boolean
  readonly msix?: MsixSpec
  readonly vfs?: VfsSpec
  readonly driver?: string
  readonly dmaMaskBits?: number
  readonly nonMappableBars?: boolean
  /** Functions 1 and on of the same device. */
  readonly functions?: readonly EndpointSpec[]
}

export interface BarSpec {
  readonly index: number
  /** A power of two. */
  readonly length: Size
  /** `mem64` unless given, which lies below 4 GiB since it is not prefetchable. */
  readonly kind?: BarKind
  /** CPU address; assigned unless given. */
  readonly start?: Size
}

export interface MsixSpec {
  readonly vectors: number
  readonly bar: number
  /** Bytes into the BAR; 0 unless given. The pending bits follow the table. */
  readonly offset?: Size
}

/** Virtual functions, all switched on; they are named `<name>-vf0`, `<name>-vf1`, … */
export interface VfsSpec {
  readonly count: number
  /** Device id; the vendor is that of the physical function. */
  readonly deviceId?: Size
  /** Of one virtual function; at least 4 KiB each. */
  readonly bars?: readonly BarSpec[]
  readonly driver?: string
}
