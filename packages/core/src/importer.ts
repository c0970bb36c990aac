/** What a driver that uses a lent BAR gives to user space. */
import type { CpuMapping } from './cpu-mapping.ts'
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import type { Access } from './platform.ts'
import type { Op } from './op.ts'
import type { Controls } from './control.ts'
import type { JsonSchema, StepValue } from './scenario.ts'

/** What an importer declares (IMP-1). The exporter sees only the first three. */
export interface ImporterSupport {
  readonly dynamic: boolean
  readonly peer2peer: boolean
  /** Has an invalidate callback. */
  readonly invalidate: boolean
  readonly pins: boolean
  /** Can fault, map again, and go on after a revoke is over. */
  readonly restartable: boolean
}

/**
 * What an importer is and does, said by itself: a test computes from this and from the rules how everything that is done to
 * the exporter must end (IMP-5), and no other code looks at it.
 */
export interface ImporterKind {
  /** Options of `import` that make it this kind, those it needs among them. */
  readonly options: Readonly<Record<string, StepValue>>
  readonly supports: ImporterSupport
  /** `table`: DMA addresses of the exporter's. `ranges`: physical ranges (IFD-4). `mapping`: CPU mappings, no buffer (T1-1). */
  readonly takes: 'table' | 'ranges' | 'mapping'
  /** When it maps: at `import`, at each use that finds nothing mapped, or when its word `map` says so. */
  readonly maps: 'import' | 'use' | 'word'
  /**
   * When it unmaps what it is told to let go: in the callback; there if the device is idle, else when its fences have
   * signalled (DRM-3); by itself some time later; only when user space uses or closes it (DRM-12); only when it is closed.
   */
  readonly unmaps: 'callback' | 'fences' | 'later' | 'next-use' | 'close'
  /** Where callbacks are mandatory (GEN-2) it has one that does nothing (GEN-5). */
  readonly dummyCallback?: true
}

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

/** A buffer in use by one importer: a memory region, a buffer object, a mapping. Calls come from user threads, holding no lock. */
export interface Import {
  /** Let the device move data. A refused access is a result, not a throw: hardware completes with an error. */
  access(request: AccessRequest): Op<AccessResult>
  /** Do one of the driver's `controls`. **Errors** the driver's own. */
  control?(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue>
  /** Deregister: unmap, detach, drop the reference. Does not fail. */
  close(): Op<void>
}

export interface Importer {
  readonly driver: string
  readonly supports: ImporterSupport
  /** Each kind of importer that it can be, the usual one first: a row each in `test/matrix`, which wants at least one. */
  readonly kinds?: readonly ImporterKind[]
  /** JSON Schema of the options of `import`, if it takes any. */
  readonly options?: JsonSchema
  /** Words that act on an import of this driver. */
  readonly controls?: Controls
  /** Bind the driver to a device. */
  probe(device: Device): Op<void>
  /**
   * Attach to `buffer` on behalf of `device` and make it usable. The call owns no reference of the caller: it takes its own.
   * **Errors** the exporter's at attach, pin or map; the driver's own for bad options.
   */
  import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import>
  /**
   * Use memory of the process by its address, which here is a mapping of a device file. A driver without this can only
   * pin what it is given, and that fails (MM-3, T1-1). Keeps no reference of `mapping`. **Errors** the driver's own.
   */
  importMapping?(device: Device, mapping: CpuMapping, options: Readonly<Record<string, StepValue>>): Op<Import>
}
