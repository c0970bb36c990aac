/**
 * What user space holds of the kernel beside device files, buffers and imports: an iommufd and the address spaces in it, a
 * container, memory. Some have a descriptor of their own, others only a number inside another one.
 */
import type { Controls } from './control.ts'
import type { CpuMapping } from './cpu-mapping.ts'
import type { DmaBuf } from './dmabuf.ts'
import type { ExporterFile } from './exporter.ts'
import type { Op } from './op.ts'
import type { StepValue } from './scenario.ts'

export interface KernelObject {
  readonly name: string
  /** What it is: a type of the node that made it, or `memory`, `memfd`. */
  readonly type: string
  /** Do one of the words of its type. Calls come from user threads, holding no lock. **Errors** the driver's own. */
  control?(name: string, args: Readonly<Record<string, StepValue>>, call: ControlCall): Op<StepValue>
  /** The last descriptor of it is gone. For what has none, its process only forgets the name. Does not fail. */
  close(): Op<void>
}

/** What an argument of a word names. `other`: a descriptor that is none of these; `closed`: none at all. */
export type GivenObject =
  | { readonly kind: 'buffer'; readonly buffer: DmaBuf }
  | { readonly kind: 'object'; readonly object: KernelObject }
  | { readonly kind: 'mapping'; readonly mapping: CpuMapping }
  | { readonly kind: 'file'; readonly file: ExporterFile }
  | { readonly kind: 'other' | 'closed' }

/** The part of a system call that is no plain value. */
export interface ControlCall {
  /** What arguments name, by argument; kept for as long as the call runs. */
  readonly given: Readonly<Record<string, GivenObject>>
  /** How its maker calls what the word makes, if at all. */
  readonly as?: string
  /** Hand over what the word made, with the one reference to it. **Shape** what `makes` of the word says, once. */
  made(what: KernelObject | DmaBuf): void
}

/** The words that things of one type understand. */
export interface ObjectType {
  /** With its article: `an address space`. */
  readonly noun: string
  readonly controls: Controls
}

/** A character device that belongs to no PCI function, such as /dev/iommu. Given by the importer whose driver it is. */
export interface DeviceNode {
  readonly path: string
  /** Type of what `open` gives. */
  readonly opens: string
  /** By name: the types of all that can be made of it. */
  readonly types: Readonly<Record<string, ObjectType>>
  /** **Shape** `as`: how its maker calls it. **Errors** the driver's own. */
  open(args: Readonly<Record<string, StepValue>>, as?: string): Op<KernelObject>
}
