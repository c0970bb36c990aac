/**
 * What a driver that lends BARs gives to user space.
 *
 * Its life in a run: the tap of the `exporter` hook makes it, once, before any thread runs: it resolves services and
 * calls none, since words and kinds are asked of drivers without a machine too. Then `probe` for each device, `open`
 * and the calls of files by whoever has one, `remove` at an unbind, perhaps `probe` again. What it lends is a `DmaBuf`,
 * whose `DmaBufOps` are the other half of the contract.
 */
import type { CpuMapping, MmapRequest } from './cpu-mapping.ts'
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import type { Op } from './op.ts'
import type { Controls } from './control.ts'
import type { ControlCall, KernelObject } from './kernel-object.ts'
import type { StepValue } from './scenario.ts'

/**
 * An export request as user space writes it: every number an unchecked u64 or u32, so sums are made in `bigint` before
 * they are believed. The fields after `openFlags` are those of VFIO's ioctl; a driver whose call has none of them
 * may refuse a request in which one is given (EINVAL).
 */
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

/**
 * An open device file.
 *
 * Calls come from threads of any process that has the file, several at once, each holding no lock; a thread may be
 * preempted at every `yield*`. `close` comes once, after every call under way has returned. A refusal is thrown as a
 * `KernelError` and leaves everything as it was; a `ContractError` is found as a violation (INV-12), and any other
 * error ends the run as a fault of the driver.
 */
export interface ExporterFile {
  readonly device: Device
  /**
   * Lend ranges of a BAR. The caller puts the buffer into its file table and owns the one reference: the driver's own
   * list of buffers holds none (DMB-7). The buffer may be revoked as soon as it is listed, even before the caller has
   * it. **Errors** the driver's own, in the driver's order (VFIO-1 … VFIO-12).
   */
  export(request: ExportRequest): Op<DmaBuf>
  /**
   * Map a piece of a region. Nothing is put in before it is touched. The mapping holds the file open: who has it calls
   * `close` only after `unmap` (MM-10). **Errors** the driver's own (MM-1); a driver without it refuses with ENODEV.
   */
  mmap?(request: MmapRequest): Op<CpuMapping>
  /**
   * Do one of the driver's `controls`. **Shape** `args` were held against the word's schema and have its defaults;
   * `size` and `u64` fields are numbers and `bigint`. **Errors** the driver's own; ENOTTY for a word that it does not
   * have. `call`: what arguments of format `handle` name.
   */
  control(name: string, args: Readonly<Record<string, StepValue>>, call?: ControlCall): Op<StepValue>
  /**
   * The last descriptor of this file is gone. Runs on the way back to user space, holding no lock (DMB-5), and may come
   * after `remove` where that does not wait for files. What was lent through the file has to be out of reach when it
   * returns, with whoever imported it: it waits for importers (REV-8). Does not fail.
   */
  close(): Op<void>
}

/**
 * What an exporter is and does, said by itself: a test computes from this and from the rules how everything that is
 * done to it must end, and no other code looks at it. `by-generation`: as section 7 of the rules has it for VFIO.
 */
export interface ExporterKind {
  /**
   * Where addresses are from: the provider of the BAR (SGT-2), `dma_map_resource()` (DMA-11), `dma_map_sg()` of pages
   * (PGM-10).
   */
  readonly addresses: 'provider' | 'map-resource' | 'pages'
  /** Whom it lets attach: as VFIO-25 and GEN-3, who takes peers, who takes peers and can let go, or anybody. */
  readonly admits: 'by-generation' | 'peer2peer' | 'revocable' | 'anybody'
  /** What `pin` says (GEN-4). */
  readonly pin: 'by-generation' | 'succeeds' | 'refuses'
  /**
   * What a revoke does: as GEN-9, waits for fences and unmaps, or there is none and an unbind waits instead (PGM-11).
   */
  readonly revoke: 'by-generation' | 'waits' | 'none'
  /** It hands out physical ranges (IFD-4). */
  readonly ranges: boolean
  /**
   * What the CPU gets when it maps the device file: nothing, bare frames (MM-3), or pages, which type1 takes for RAM
   * (T1-1).
   */
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
  /**
   * Bind the driver to a device: turn its memory on (`enableMemory`), make its providers (`initP2p`). The bridges above
   * pass requests already. Called by the driver core, at the start of a run for every device of the scenario and by
   * `bind`. **Locks** the device lock is held. **Errors** probe failures; the P2P state is destroyed for it then.
   */
  probe(device: Device): Op<void>
  /**
   * Unbind. New opens are refused from its first step on; they may come until it returns. Either it waits until user
   * space has closed everything (TRG-15), or it takes everything away itself. When it returns nothing of the device may
   * be mapped by anybody (INV-3): whoever unbinds destroys the P2P state next and tells the witness that the provider
   * is gone (P2P-7). **Locks** the device lock is held, all the while, so resets under locks of the driver only try it
   * (VFIO-41). Does not fail; may take for ever.
   */
  remove(device: Device): Op<void>
  /**
   * A process opens the device file; it may while `remove` is under way. **Shape** what `options` say of doors that the
   * driver does not have is ignored. **Locks** none held. **Errors** ENODEV or ENXIO when the driver is not bound or on
   * its way out; the driver's own. A failed open leaves nothing behind.
   */
  open(device: Device, options?: OpenOptions): Op<ExporterFile>
  /** Change a parameter of the driver's module. **Errors** ENOENT for one that it does not have. */
  setParameter?(name: string, value: boolean): void
  /** Open the group of a device, ask its status, and close it. **Errors** the driver's own; a driver without groups has none. */
  groupStatus?(device: Device, options?: Pick<OpenOptions, 'rawio'>): Op<StepValue>
  /**
   * The driver tells by `Kernel.shared` what its code touches, apart from what core and hardware tell by themselves; else
   * all that it does for one device counts as touching one thing. It holds for files, mappings and threads of the driver;
   * what its `DmaBufOps` do is said to each `DmaBuf`.
   */
  readonly tellsWhatItTouches?: true
}

/** What user space says when it opens a device. */
export interface OpenOptions {
  /**
   * Name of the container that the device's group joins, for drivers that have such; one that all share unless told.
   */
  readonly container?: string
  /** The same by its descriptor; an iommufd may stand in its place. */
  readonly containerObject?: KernelObject
  /** What that container is; of the kind that the device needs unless told. */
  readonly containerKind?: 'type1' | 'noiommu'
  /**
   * Through the character device of its own, not through its group: nothing works before it is bound to an iommufd
   * (VFIO-1).
   */
  readonly cdev?: boolean
  /** The process has CAP_SYS_RAWIO; so unless told. */
  readonly rawio?: boolean
}
