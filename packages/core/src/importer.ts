/**
 * What a driver that uses a lent BAR gives to user space.
 *
 * The tap of the `importer` hook makes it once in a run, before any thread runs: it resolves services and calls none,
 * since options and words are asked of drivers without a machine too. `probe` comes once for each device that the
 * scenario binds to it, then `import` as often as user space likes, on behalf of any device.
 */
import type { CpuMapping } from './cpu-mapping.ts'
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import type { Access } from './platform.ts'
import type { Op } from './op.ts'
import type { Controls } from './control.ts'
import type { ControlCall, DeviceNode } from './kernel-object.ts'
import type { JsonSchema, StepValue } from './scenario.ts'
import type { Token } from './scope.ts'

/**
 * What an importer declares (IMP-1). The exporter sees only the first three, by the attachment, and nobody checks them:
 * a driver that says `invalidate` and does not unmap is found by the judge (INV-9). Tests choose their chapters by it.
 */
export interface ImporterSupport {
  /** Gives operations when it attaches. */
  readonly dynamic: boolean
  readonly peer2peer: boolean
  /** Has an invalidate callback. */
  readonly invalidate: boolean
  readonly pins: boolean
  /** Can fault, map again, and go on after a revoke is over. */
  readonly restartable: boolean
}

/**
 * What an importer is and does, said by itself: a test computes from this and from the rules how everything that is
 * done to the exporter must end (IMP-5), and no other code looks at it.
 */
export interface ImporterKind {
  /** Options of `import` that make it this kind, those it needs among them. */
  readonly options: Readonly<Record<string, StepValue>>
  readonly supports: ImporterSupport
  /**
   * `table`: DMA addresses of the exporter's. `ranges`: physical ranges (IFD-4). `mapping`: CPU mappings, no buffer
   * (T1-1).
   */
  readonly takes: 'table' | 'ranges' | 'mapping'
  /** When it maps: at `import`, at each use that finds nothing mapped, or when its word `map` says so. */
  readonly maps: 'import' | 'use' | 'word'
  /**
   * When it unmaps what it is told to let go: in the callback; there if the device is idle, else when its fences have
   * signalled (DRM-3); by itself some time later; only when user space uses or closes it (DRM-12); only when it is
   * closed.
   */
  readonly unmaps: 'callback' | 'fences' | 'later' | 'next-use' | 'close'
  /** Where callbacks are mandatory (GEN-2) it has one that does nothing (GEN-5). */
  readonly dummyCallback?: true
}

/**
 * A transfer that user space starts. **Units** bytes; both were held against nothing: the end may be beyond the import.
 */
export interface AccessRequest {
  readonly access: Access
  /** Bytes from the start of the import. */
  readonly offset: number
  readonly length: number
  /** What a write carries; repeats over `length`. */
  readonly data?: Uint8Array
}

/** How a transfer ended, as user space sees it: a completion, good or in error. */
export interface AccessResult {
  readonly ok: boolean
  /** `success`, or the field's word: `local protection error`, `remote access error`, … */
  readonly status: string
  /** The errno behind it inside the kernel, if a refusal was the cause. */
  readonly errno?: import('./errno.ts').Errno
  readonly rule?: string
  readonly data?: Uint8Array
}

/**
 * A buffer in use by one importer: a memory region, a buffer object, a mapping.
 *
 * Calls come from threads of any process that has it, several at once, holding no lock. They come in every state of the
 * buffer: live, revoked, dead. `close` comes once, after every call under way has returned; a word that is `byHardware`
 * may still come then, as a device does not ask who has a descriptor.
 */
export interface Import {
  /**
   * Let the device move data, through `BUS`, and wait for the end. Each piece uses the translation as it is at that
   * moment, so that a revoke can come between two. What the *device* cannot do is a result with `ok: false`; what the
   * *call* is refused, as a submission is that finds the buffer revoked, is thrown as a `KernelError`. Each packet
   * carries the number of the mapping it believes to use (`DmaRequest.mapping`), else the judge cannot tell a stale
   * one. **Locks** none held while packets are under way, so that whoever revokes can wait for them.
   */
  access(request: AccessRequest): Op<AccessResult>
  /**
   * Do one of the driver's `controls`. **Shape** `args` were held against the word's schema and have its defaults.
   * **Errors** the driver's own; ENOTTY for a word that it does not have.
   */
  control?(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue>
  /**
   * Deregister: stop the device, unmap, detach, drop the reference, in this order; in the call, or in bounded time
   * after it from a worker. Works whatever became of the buffer (RDMA-17). The callback may run at the same time, until
   * `detach` has returned. Does not fail.
   */
  close(): Op<void>
}

export interface Importer {
  readonly driver: string
  readonly supports: ImporterSupport
  /**
   * Each kind of importer that it can be, the usual one first: a row each in `test/matrix`, which wants at least one.
   */
  readonly kinds?: readonly ImporterKind[]
  /** JSON Schema of the options of `import`, if it takes any. */
  readonly options?: JsonSchema
  /** Words that act on an import of this driver. */
  readonly controls?: Controls
  /**
   * Bind the driver to a device: set its DMA mask, let it send (`setMaster`). Not called for a device that an import
   * only names the driver of. **Locks** the device lock is held. **Errors** probe failures, which end the run.
   */
  probe(device: Device): Op<void>
  /**
   * Attach to `buffer` on behalf of `device` and make it usable. The caller holds a reference for the length of the
   * call; the driver takes its own (`buffer.get()`) for as long as it is attached (DMB-6). The buffer may be revoked at
   * any moment of the call: the callback may run before `attach` has returned (DMB-9), and a map may fail though the
   * attach did not (INV-5). **Shape** `device` may be one that is no PCI function (`notPci`); `options` were held
   * against `options`, have its defaults, and `u64` fields are `bigint`. **Locks** none held. **Errors** the exporter's
   * at attach, pin or map, passed on as they are; the driver's own for bad options. After an error nothing is left: no
   * mapping, attachment, reference.
   */
  import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import>
  /**
   * Use memory of the process by its address, which here is a mapping of a device file. A driver without this can only
   * pin what it is given, and that fails (MM-3, T1-1). Keeps no reference of `mapping`. **Errors** the driver's own.
   */
  importMapping?(
    device: Device,
    mapping: CpuMapping,
    options: Readonly<Record<string, StepValue>>,
    call?: ControlCall,
  ): Op<Import>
  /**
   * The driver tells by `Kernel.shared` what its code touches, apart from what core and hardware tell by themselves; else
   * all that it does for one device counts as touching one thing. Only state that its threads and callbacks share counts.
   */
  readonly tellsWhatItTouches?: true
  /** What the driver cannot do without; a machine looks whether it is there before anything runs. */
  readonly needs?: readonly Need[]
  /** Devices of this driver are in the hands of user space, and not of a driver of the kernel (VFIO-63). */
  readonly userOwned?: true
  /** The character device of the driver. */
  readonly node?: DeviceNode
}

/** A service that somebody else has to give. */
export interface Need {
  readonly token: Token<unknown>
  /** With its article: `an IOMMU`. */
  readonly what: string
  /** Which plugin gives it, or what else helps. */
  readonly hint: string
}
