/** An open file of the modelled kernel: what the descriptors of several processes may stand for together. */
import {
  type CpuMapping,
  type CpuMappingServices,
  type Device,
  type DmaBuf,
  type ExporterFile,
  GuestMemory,
  type Import,
  type Kernel,
  type KernelObject,
  type Op,
  type Part,
  SharedCount,
} from '@barter/core'

export interface OpenFile {
  readonly kind: 'file' | 'buffer' | 'import' | 'mapping' | 'object'
  /** One more descriptor, or a system call under way, refers to it. */
  hold(): void
  /** One fewer; the last one closes it. */
  drop(): Op<void>
}

/** Descriptors, and system calls under way: one to begin with. */
const references = (kernel: Kernel) => new SharedCount(kernel, 'references to a file', 1)

/** A device file. Like any file it is closed on the way back to user space (DMB-5). */
export class DeviceFile implements OpenFile {
  readonly kind = 'file'
  readonly file: ExporterFile
  readonly #kernel: Kernel
  readonly #references: SharedCount

  constructor(kernel: Kernel, file: ExporterFile) {
    this.#kernel = kernel
    this.file = file
    this.#references = references(kernel)
  }

  hold(): void {
    this.#references.add()
  }

  *drop(): Op<void> {
    if (this.#references.drop()) this.#kernel.deferToReturn(`close(${this.file.device.name})`, () => this.file.close())
  }
}

/** A dma-buf counts for itself (DMB-1). */
export class BufferFile implements OpenFile {
  readonly kind = 'buffer'
  readonly buffer: DmaBuf

  /** **Shape** a new buffer, with the one reference that its first descriptor has. */
  constructor(buffer: DmaBuf) {
    this.buffer = buffer
  }

  hold(): void {
    this.buffer.get()
  }

  *drop(): Op<void> {
    this.buffer.put()
  }
}

/** What a process has in an importing driver: a memory region, a buffer object. It goes inside the call that drops it. */
export class ImportFile implements OpenFile {
  readonly kind = 'import'
  readonly made: Import
  readonly device: Device
  /** A dma-buf, or a mapping of a device file. */
  readonly buffer: { readonly name: string }
  /** More than one process has it. */
  readonly isShared: boolean
  readonly #references: SharedCount

  constructor(kernel: Kernel, made: Import, device: Device, buffer: { readonly name: string }, isShared: boolean) {
    this.#references = references(kernel)
    this.isShared = isShared
    this.made = made
    this.device = device
    this.buffer = buffer
  }

  hold(): void {
    this.#references.add()
  }

  *drop(): Op<void> {
    if (this.#references.drop()) yield* this.made.close()
  }
}

/** A file of a character device, or what is named inside one. Closed as device files are. */
export class ObjectFile implements OpenFile {
  readonly kind = 'object'
  readonly object: KernelObject
  /** All calls on it, for explorers. */
  readonly part: Part | undefined
  readonly #kernel: Kernel
  readonly #references: SharedCount

  constructor(kernel: Kernel, object: KernelObject) {
    this.#kernel = kernel
    this.object = object
    this.part = kernel.part(object.name)
    this.#references = references(kernel)
  }

  hold(): void {
    this.#references.add()
  }

  *drop(): Op<void> {
    if (this.#references.drop())
      this.#kernel.deferToReturn(`close(${this.object.name})`, () =>
        this.#kernel.inside(this.part, this.object.close()),
      )
  }
}

/** A piece of a device file in the address space of a process. It holds the file open (MM-10). */
export class MappingFile implements OpenFile {
  readonly kind = 'mapping'
  readonly mapping: CpuMapping
  readonly #file: DeviceFile
  readonly #references: SharedCount
  #guest: GuestMemory | undefined

  constructor(kernel: Kernel, mapping: CpuMapping, file: DeviceFile) {
    this.#references = references(kernel)
    this.mapping = mapping
    this.#file = file
    file.hold()
  }

  /** The mapping as memory of a guest, from the first call on. */
  guest(services: CpuMappingServices): GuestMemory {
    this.#guest ??= new GuestMemory(services, this.mapping)
    return this.#guest
  }

  hold(): void {
    this.#references.add()
  }

  *drop(): Op<void> {
    if (!this.#references.drop()) return
    yield* this.mapping.unmap()
    this.#guest?.close()
    yield* this.#file.drop()
  }
}
