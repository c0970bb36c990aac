/**
 * The platform's two faces, kept apart: the software that chooses addresses (`DmaApi`) and the hardware that decides
 * where packets go (`IommuUnit`, `Bus`). The hardware never reads the software's verdict, so it can judge it (INV-18).
 *
 * A plugin taps the `platform` hook, once at the start of each run, gets what the plugins before it have made, and
 * returns another `Platform`: it hands on what it does not change. Functions that return an `Op` may be preempted at
 * each of its points; the others answer at once.
 */
import type { DmaAddr, Iova, PhysAddr, PhysRange } from './address.ts'
import type { Bdf } from './bdf.ts'
import type { ConfigWidth } from './config-space.ts'
import type { Device } from './device.ts'
import type { HazardPolicy } from './hazard.ts'
import type { Op } from './op.ts'
import type { Direction } from './sg-table.ts'

/** Which backend serves a device (DMA-1). */
export type DmaBackend = 'direct' | 'iommu-dma' | 'legacy'

/** What the DMA API is told of a range, the same when it is mapped and when it goes (DMA-2). */
export interface DmaAttributes {
  /** `DMA_ATTR_MMIO`: it is no RAM, so there is no bounce and no cache maintenance, ever (INV-19). */
  readonly mmio: boolean
}

export const MMIO: DmaAttributes = { mmio: true }

/**
 * The kernel's DMA API, here for MMIO ranges: `attributes` is `MMIO` unless given, and who gives others for a BAR has caches
 * written back over device memory.
 *
 * Called by whoever builds a table for an importer (`physVecToSgt`), in that importer's thread, on behalf of its
 * device. **Locks** the buffer's reservation is held, and whatever the importer holds around it; an implementation
 * takes none that comes before. **Not promised** that anybody asked whether the two devices can reach each other: that
 * is the part of the P2PDMA core (`mapType`), and bus addresses never come here (SGT-3).
 */
export interface DmaApi {
  /** The same answer for the whole run. */
  backend(device: Device): DmaBackend
  /**
   * Make a DMA address for a physical range (`dma_map_phys`, DMA-3). It is good from the return on, until `unmapPhys`.
   * **Shape** whole pages. **Errors** `KernelError` ENOMEM when the device cannot reach it or no address is left;
   * nothing is mapped then.
   */
  mapPhys(device: Device, range: PhysRange, direction: Direction, attributes?: DmaAttributes): Op<DmaAddr>
  /**
   * Once for each `mapPhys`, with its numbers. Does not fail. **Not promised** that hardware has forgotten the address
   * when it returns: a lazy domain flushes later (DMA-6, HAZ-13).
   */
  unmapPhys(device: Device, at: DmaAddr, length: number, direction: Direction, attributes?: DmaAttributes): Op<void>
  /** One IOVA range for `size` bytes (DMA-8), nothing in it yet; `undefined`: use `mapPhys` for each range instead. */
  tryAllocIova(device: Device, size: number): IovaRun | undefined
}

/**
 * An IOVA range being filled (DMA-9, DMA-10): `link` for each piece in order, one `sync`, then the addresses may be
 * handed out; `destroy` exactly once, also when a link failed. One caller, under one reservation.
 */
export interface IovaRun {
  readonly start: Iova
  readonly size: number
  /**
   * Install translations for `range` at `offset`; not visible to hardware before `sync`. **Shape** `offset` lies behind
   * what is linked already. **Errors** EADDRINUSE, EIO, EPERM, ENOMEM; what was linked before stays.
   */
  link(offset: number, range: PhysRange, direction: Direction, attributes?: DmaAttributes): Op<void>
  /** Hardware sees all of it from here on. */
  sync(): Op<void>
  /**
   * Unlink the first `linked` bytes, flush the IOTLB at once, give the range back: hardware has forgotten it on return.
   * Does not fail.
   */
  destroy(linked: number, attributes?: DmaAttributes): Op<void>
}

/** What an IOMMU makes of an address. `length`: for how many bytes from there the answer holds. */
export type Translation =
  | { readonly kind: 'pass'; readonly address: PhysAddr; readonly length: number }
  | { readonly kind: 'mapped'; readonly address: PhysAddr; readonly length: number; readonly cached: boolean }
  | { readonly kind: 'fault'; readonly why: string }

/**
 * Hardware: the translation agent in the root complex. Asked by the fabric for each packet that comes up, and for each
 * route that somebody wants to see. It reads registers and tables in memory, never what the software keeps beside them;
 * it does not sleep and takes no lock.
 */
export interface IommuUnit {
  /** `sent`: a packet really came. False only asks, as for a route: nothing is cached and no fault is reported. */
  translate(requester: Bdf, address: number, access: Access, sent: boolean): Translation
}

/** What a run goes by. Made once at its start; `PLATFORM` gives the last one of the `platform` hook. */
export interface Platform {
  readonly dma: DmaApi
  readonly iommu: IommuUnit
  /**
   * The kernel sets the ACS control word of a function, from what it finds there: whenever a driver is bound to it, and when
   * its registers are restored after a reset (ACS-9). Absent: nobody asked for ACS, so words stay and come back as they were.
   */
  readonly programAcs?: (device: Device) => void
  /** What becomes of requests that nobody answers. Without it reads give all ones at once and nobody takes note. */
  readonly hazard?: HazardPolicy
}

export type Access = 'read' | 'write'

/** Where a packet ended. */
export type Landing =
  | { readonly kind: 'bar'; readonly device: Bdf; readonly bar: number; readonly offset: number }
  | { readonly kind: 'memory'; readonly address: PhysAddr }
  | { readonly kind: 'unsupported-request'; readonly at: string }
  | { readonly kind: 'acs-violation'; readonly at: string }
  | { readonly kind: 'iommu-fault' }
  /** The function that decodes the address is silent: reads time out, writes are dropped (HAZ-1). */
  | { readonly kind: 'silent'; readonly device: Bdf; readonly bar: number; readonly offset: number }
  /** The requester may not send at all (bus master off, itself in reset). */
  | { readonly kind: 'not-sent' }

export interface Hop {
  /** A function's bdf, `host bridge dddd:bb`, or `IOMMU`. */
  readonly at: string
  readonly address: number
  /** What happened there and by which register or rule, as a clause. */
  readonly why: string
}

/** The way of one packet, port by port. */
export interface Route {
  readonly hops: readonly Hop[]
  readonly landing: Landing
  /** For how many bytes from the first the same way holds. */
  readonly length: number
  /** Passed through the root complex. */
  readonly viaHostBridge: boolean
  /** As a sentence, why it ended there. */
  readonly why: string
}

export interface DmaRequest {
  readonly from: Device
  readonly access: Access
  readonly at: DmaAddr
  /** Bytes. */
  readonly length: number
  /** What a write carries; shorter data repeats. */
  readonly data?: Uint8Array
  /** The address is one that the IOMMU gave the device beforehand (ATS), and the packet says so (HAZ-17). */
  readonly translated?: boolean
  /** The mapping the device believes to use, if any: only the judge looks at it. */
  readonly mapping?: number
  /** Thread or command on whose behalf the device acts, for reports. */
  readonly by?: string
}

export interface DmaResult {
  /** Every byte arrived (write) or came back (read). */
  readonly arrived: boolean
  readonly route: Route
  /** Read: what came back; all ones where nothing answered. */
  readonly data?: Uint8Array
}

export interface CpuAccess {
  readonly arrived: boolean
  readonly data?: Uint8Array
  readonly route: Route
}

/**
 * The hardware as software meets it. Drivers get it as `BUS`. Configuration accesses are over when they return. `cpu`
 * and `dma` are operations: others run before each piece, and the piece itself is one moment. They are called holding
 * no lock that a revoke needs, so that whoever revokes can wait for them.
 */
export interface Bus {
  configRead(of: Bdf, offset: number, width: ConfigWidth): number
  configWrite(of: Bdf, offset: number, width: ConfigWidth, value: number): void
  /**
   * The CPU loads or stores a physical address. **Shape** `owner`: of a CPU mapping, whose memory it is meant to reach;
   * only the judge looks at it (INV-2).
   */
  cpu(access: Access, at: PhysAddr, length: number, data?: Uint8Array, owner?: Bdf): Op<CpuAccess>
  /** A device sends packets. Splits where the way changes; the result is of the whole. */
  dma(request: DmaRequest): Op<DmaResult>
  /** The way a packet would take now; nothing is sent. `translated` as in `DmaRequest`. */
  route(from: Bdf, at: number, access: Access, translated?: boolean): Route
}
