/** What a driver that lends BARs gives to user space. */
import type { CpuMapping, MmapRequest } from './cpu-mapping.ts'
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import type { Op } from './op.ts'
import type { Controls } from './control.ts'
import type { StepValue } from './scenario.ts'

/** An export request as user space writes it: every number an unchecked u64 or u32. */
export interface ExportRequest {
  readonly bar: number
  readonly ranges: readonly { readonly offset: bigint; readonly length: bigint }[]
  /** `O_RDONLY`, `O_RDWR`, `O_CLOEXEC`, … `['O_RDWR', 'O_CLOEXEC']` unless told. */
  readonly openFlags?: readonly string[]
  /** The flags field of the request; 0 unless told. */
  readonly flags?: number
  /** The nr_ranges field, when it is not the number of ranges that user memory holds. */
  readonly nrRanges?: number
  /** The length that the header claims, when it is not the true one. */
  readonly argsz?: number
  /** What a report calls the buffer; the driver makes one up unless told. */
  readonly name?: string
}

/** An open device file. All calls come from a thread of the process that holds it, holding no lock. */
export interface ExporterFile {
  readonly device: Device
  /**
   * Lend ranges of a BAR. The caller puts the buffer into its file table and owns the one reference.
   * **Errors** the driver's own, in the driver's order (VFIO-1 … VFIO-12).
   */
  export(request: ExportRequest): Op<DmaBuf>
  /**
   * Map a piece of a region. Nothing is put in before it is touched. The mapping holds the file open: who has it calls
   * `close` only after `unmap` (MM-10). **Errors** the driver's own (MM-1); a driver without it refuses with ENODEV.
   */
  mmap?(request: MmapRequest): Op<CpuMapping>
  /** Do one of the driver's `controls`. **Errors** the driver's own. */
  control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue>
  /** The last descriptor of this file is gone. Does not fail. */
  close(): Op<void>
}

/**
 * What an exporter is and does, said by itself: a test computes from this and from the rules how everything that is done to
 * it must end, and no other code looks at it. `by-generation`: as section 7 of the rules has it for VFIO.
 */
export interface ExporterKind {
  /** Where addresses are from: the provider of the BAR (SGT-2), `dma_map_resource()` (DMA-11), `dma_map_sg()` of pages (PGM-10). */
  readonly addresses: 'provider' | 'map-resource' | 'pages'
  /** Whom it lets attach: as VFIO-25 and GEN-3, who takes peers, who takes peers and can let go, or anybody. */
  readonly admits: 'by-generation' | 'peer2peer' | 'revocable' | 'anybody'
  /** What `pin` says (GEN-4). */
  readonly pin: 'by-generation' | 'succeeds' | 'refuses'
  /** What a revoke does: as GEN-9, waits for fences and unmaps, or there is none and an unbind waits instead (PGM-11). */
  readonly revoke: 'by-generation' | 'waits' | 'none'
  /** It hands out physical ranges (IFD-4). */
  readonly ranges: boolean
  /** What the CPU gets when it maps the device file: nothing, bare frames (MM-3), or pages, which type1 takes for RAM (T1-1). */
  readonly mmap: 'none' | 'frames' | 'pages'
  /** Words of its own on the open file, before BAR 0 can be lent. */
  readonly prepare?: readonly { readonly verb: string; readonly args: Readonly<Record<string, StepValue>> }[]
}

/** A driver that lends BARs. Made once per run by the tap of the `exporter` hook. */
export interface Exporter {
  readonly driver: string
  readonly controls: Controls
  /** What it is: a row in `test/matrix`, which wants it. */
  readonly kind?: ExporterKind
  /** Bind the driver to a device. **Locks** the device lock is held. **Errors** probe failures. */
  probe(device: Device): Op<void>
  /**
   * Unbind: may wait for user space (TRG-15). Who unbinds destroys the P2P state afterwards and tells the witness that the
   * provider is gone (P2P-7). **Locks** the device lock is held, all the while.
   */
  remove(device: Device): Op<void>
  open(device: Device, options?: OpenOptions): Op<ExporterFile>
  /** Change a parameter of the driver's module. **Errors** ENOENT for one that it does not have. */
  setParameter?(name: string, value: boolean): void
}

/** What user space says when it opens a device. */
export interface OpenOptions {
  /** Name of the container that the device's group joins, for drivers that have such; one that all share unless told. */
  readonly container?: string
  /** What that container is; of the kind that the device needs unless told. */
  readonly containerKind?: 'type1' | 'noiommu'
  /** Through the character device of its own, not through its group: nothing works before it is bound to an iommufd (VFIO-1). */
  readonly cdev?: boolean
  /** The process has CAP_SYS_RAWIO; so unless told. */
  readonly rawio?: boolean
}
