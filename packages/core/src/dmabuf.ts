/**
 * The mediator between one exporter and any number of importers (section 3 of behaviour.md).
 *
 * A buffer is a file: its reference count is the only count there is (DMB-1). The last reference gone, `release` of the
 * exporter runs when the thread that dropped it returns to user space (DMB-5).
 */
import { Attachment, type AttachOps } from './attachment.ts'
import type { CpuMapping } from './cpu-mapping.ts'
import type { Device } from './device.ts'
import { demandOps, operation } from './driver-contract.ts'
import { ContractError, KernelError } from './errors.ts'
import type { Facts } from './facts.ts'
import { GENERATION_RULES } from './generation-rules.ts'
import type { Kernel, Task } from './kernel.ts'
import { done, type Op, point } from './op.ts'
import { Reservation } from './reservation.ts'
import type { Direction, SgTable } from './sg-table.ts'
import type { PhysRange } from './address.ts'
import type { Access } from './platform.ts'
import type { Part, Shared, Turns } from './shared.ts'
import { SharedCount } from './shared-count.ts'
import type { Trace } from './trace.ts'
import type { Witness } from './witness.ts'

/** Where the kernel sees a buffer that an exporter mapped for it. */
export interface KernelMapping {
  readonly address: number
  /** It is MMIO, which has accessors of its own. */
  readonly io: boolean
}

/**
 * The exporter's side of a buffer.
 *
 * Called by dma-buf core in the thread of an importer, in every state that the exporter brings the buffer into. `map`,
 * `unmap`, `pin`, `unpin`, `vmap`, `vunmap`, `physRanges` run with the reservation held; `attach`, `detach`, `release`,
 * `mmap`, `beginCpuAccess`, `endCpuAccess` without it, and may take it (DMB-26, DMB-27). The importer may hold locks of
 * its own around them, so no call takes a lock that comes before the reservation in VFIO-40, but for `release`, which
 * finds none held and may take any. A refusal is thrown as a `KernelError`, and leaves everything as it was.
 *
 * To take the memory back an exporter goes the way of DMB-20, whose parts core has: `witness.revoking`; lock
 * `resv.lock`; raise a flag of its own; `invalidate()`; `resv.wait('bookkeep')`; unlock; wait until as many `unmap` as
 * `map` have come (`MappingCount`); `witness.revoked`. The last wait comes without the reservation, since an unmap
 * needs it.
 */
export interface DmaBufOps {
  /**
   * Accept or refuse a new attachment, by what it declares (`peer2peer`, `revocable`, `dynamic`). It is not on the list
   * yet, so it may miss an invalidation that runs now (DMB-10); the check in `map` makes up for that. **Errors** by
   * convention EOPNOTSUPP for who could not be told, ENODEV while revoked (VFIO-25).
   */
  attach?(attachment: Attachment): Op<void>
  /** It is off the list, with nothing mapped. Does not fail. */
  detach?(attachment: Attachment): Op<void>
  /**
   * Give DMA addresses for the whole buffer, as `physVecToSgt` makes them of a provider. Refuses while revoked, by a
   * flag that is read under the reservation: an importer may call it from within or right after its callback (REV-3).
   * Who keeps a count raises it last, when nothing can fail any more. **Errors** ENODEV while revoked; those of the
   * table.
   */
  map(attachment: Attachment, direction: Direction): Op<SgTable>
  /** Take one table back, as `freeSgt` does. Comes exactly once for each `map`, also while revoked. Does not fail. */
  unmap(attachment: Attachment, table: SgTable, direction: Direction): Op<void>
  /** Both or neither (DMB-2). Without them pinning always succeeds (DMB-12). Importers that pin ask before they map. */
  pin?(attachment: Attachment): Op<void>
  /** Once for each `pin` that succeeded. Does not fail. */
  unpin?(attachment: Attachment): Op<void>
  /**
   * The last reference is gone; no attachment and no mapping is left (DMB-6). Runs once, when the thread that dropped
   * it is on its way to user space: unlist it, and give back what it held of its device. A list that is walked under a
   * lock is changed under that lock, so that nobody is at the buffer when it goes (BUG-13). Does not fail.
   */
  release(): Op<void>
  /** For the kernel's own CPU: the first user maps, the last one unmaps. VFIO has none (DMB-29). */
  vmap?(): Op<KernelMapping>
  vunmap?(mapping: KernelMapping): Op<void>
  /** For a process. VFIO has none (DMB-29). */
  mmap?(length: number): Op<CpuMapping>
  /** A process is about to touch the memory, or is through (DMB-32). */
  beginCpuAccess?(access: Access): Op<void>
  endCpuAccess?(access: Access): Op<void>
  /** The private interconnect: physical ranges for an importer that maps by itself (IFD-4). */
  physRanges?(attachment: Attachment): Op<readonly PhysRange[]>
}

export interface DmaBufSpec {
  readonly name: string
  readonly exporter: string
  /** Bytes; never changes. */
  readonly size: number
  readonly ops: DmaBufOps
  /** The exporter tells by `Kernel.shared` what its operations touch; else they all count as touching one thing. */
  readonly tellsWhatItTouches?: true
}

export interface DmaBufServices {
  readonly kernel: Kernel
  readonly trace: Trace
  /** Which kernel's rules hold; the newest unless given. */
  readonly facts?: Pick<Facts, 'generation'>
  /** Hears when importers are told. */
  readonly witness?: Witness
}

/** A count of references: there was none left, and the file's memory is gone since. */
const GONE = -1

/**
 * One buffer. Importers call `attach` and `detach`, its exporter `invalidate`; `get`, `getActive` and `put` are for
 * whoever has a reference or a list, in any context and under any lock, since they do not sleep: what the last `put`
 * sets off runs later (DMB-5). `size`, `name` and `ops` never change. Who holds no reference does not touch it at all.
 */
export class DmaBuf {
  readonly name: string
  readonly exporter: string
  readonly size: number
  readonly ops: DmaBufOps
  readonly resv: Reservation
  readonly #services: DmaBufServices
  /** Newest first: attach prepends (DMB-16). */
  readonly #attachments: Attachment[] = []
  /** For explorers: how long the list is and its order, the count, and the exporter's state where it tells nothing of its own. */
  readonly #list: Shared
  readonly #turns: Turns
  readonly #references: SharedCount
  readonly #part: Part | undefined
  /** Of threads, how many descriptors and imports they have that they alone can give back; while schedules are explored. */
  readonly #descriptors = new Map<Task, number>()
  readonly #imports = new Map<Task, number>()
  #userName: string | null = null
  readonly #kernelUsers: SharedCount
  #kernelMapping: KernelMapping | undefined

  /**
   * Export: the caller holds the one reference. **Errors** EINVAL when exactly one of pin and unpin is there (DMB-2);
   * `UsageError` `DRIVER_BROKEN` without one of the others.
   */
  constructor(services: DmaBufServices, spec: DmaBufSpec) {
    demandOps(spec.ops, spec.exporter)
    if ((spec.ops.pin === undefined) !== (spec.ops.unpin === undefined)) {
      throw new KernelError('EINVAL', 'DMB-2', 'an exporter has both pin and unpin or neither')
    }
    this.#services = services
    this.name = spec.name
    this.exporter = spec.exporter
    this.size = spec.size
    this.ops = spec.ops
    this.resv = new Reservation(services.kernel, spec.name)
    this.#list = services.kernel.shared('attachments of a buffer')
    this.#turns = services.kernel.turns('order of attachments')
    this.#references = new SharedCount(services.kernel, 'references to a buffer', 1)
    this.#kernelUsers = new SharedCount(services.kernel, 'users of a kernel mapping')
    this.#part = spec.tellsWhatItTouches === true ? undefined : services.kernel.part(spec.name)
    services.witness?.made?.(spec.name)
  }

  /** The list as it is. **Locks** who does something by it holds the reservation. */
  get attachments(): readonly Attachment[] {
    this.#list.readValue(this.#attachments.length)
    this.#turns.look()
    return this.#attachments
  }

  /** How many tables its importers hold, as of `Attachment.tableCount`. */
  get tableCount(): number {
    return this.#attachments.reduce((sum, attachment) => sum + attachment.tableCount, 0)
  }

  /** For reports and checks. Explorers take no note of the look. */
  get references(): number {
    return Math.max(this.#references.now, 0)
  }

  /** Name set by `DMA_BUF_SET_NAME` (DMB-34), for people. Explorers take no note of the look. */
  get userName(): string | null {
    return this.#userName
  }

  setUserName(name: string): void {
    if (name.length > 31)
      throw new KernelError('EINVAL', 'DMB-34', `a name of ${name.length} characters; 31 is the most`)
    this.#userName = name
  }

  /**
   * Take a reference. The caller holds one already, or came by a file descriptor. **Locks** the reservation is not held
   * (DMB-25).
   */
  get(): this {
    this.resv.lock.assertNotHeld()
    if (this.references === 0) throw new ContractError('INV-27', `reference taken to ${this.name}, whose file is dying`)
    this.#add()
    return this
  }

  /**
   * Take a reference unless the file is dying (DMB-7). For lists that hold no reference of their own: who walks one
   * passes over those that give none (VFIO-24d). **Errors** `ContractError` INV-27 after the release: it was not taken off a
   * list.
   */
  getActive(): boolean {
    if (this.references > 0) {
      this.#add()
      return true
    }
    if (this.#references.read() !== GONE) return false
    const hint = '`release` takes it off every list, under the lock under which the list is walked'
    throw new ContractError(
      'INV-27',
      `${this.exporter} asks for a reference to ${this.name} after its release: ${hint}`,
    )
  }

  /** Drop a reference; the last one schedules `release` (DMB-5). **Locks** the reservation is not held (DMB-25). */
  put(): void {
    this.resv.lock.assertNotHeld()
    if (this.references === 0) throw new ContractError('INV-27', `reference to ${this.name} dropped twice`)
    const isLast = this.#isKept() ? this.#references.note(-1) : this.#references.drop()
    if (isLast) this.#services.kernel.deferToReturn(`release(${this.name})`, () => this.#release())
  }

  /**
   * Bind an importer's device to the buffer (DMB-8, DMB-9): the exporter is asked without the reservation, then the
   * attachment is listed under it. From then on the callback may run, before `attach` has even returned.
   * **Locks** the reservation is not held (DMB-25).
   * **Errors** EINVAL without the callback where it is mandatory (GEN-2); then whatever the exporter refuses with.
   */
  *attach(device: Device, ops?: AttachOps): Op<Attachment> {
    this.resv.lock.assertNotHeld()
    const attachment = new Attachment(this, device, ops, this.#services)
    try {
      this.#checkCallback(attachment)
      if (this.ops.attach !== undefined) yield* this.inExporter('attach', this.ops.attach(attachment))
    } catch (error) {
      if (error instanceof KernelError) {
        this.#services.trace.emit({
          kind: 'attach',
          buffer: this.name,
          device: device.name,
          errno: error.errno,
          rule: error.rule,
        })
      }
      throw error
    }
    yield* this.resv.lock.lock()
    this.#attachments.unshift(attachment)
    this.#noteList(attachment, true)
    this.resv.lock.unlock()
    this.#services.trace.emit({ kind: 'attach', buffer: this.name, device: device.name })
    return attachment
  }

  /**
   * Unlist, then tell the exporter. The importer has unmapped before (DMB-11). **Locks** the reservation is not held
   * (DMB-25).
   */
  *detach(attachment: Attachment): Op<void> {
    this.resv.lock.assertNotHeld()
    yield* this.resv.locked(() => done(this.#unlist(attachment)))
    if (this.ops.detach !== undefined) yield* this.inExporter('detach', this.ops.detach(attachment))
    this.#services.trace.emit({ kind: 'detach', buffer: this.name, device: attachment.device.name })
  }

  /**
   * Tell every importer that has a callback to drop its mapping (DMB-16), newest attachment first. The memory may still
   * be in use until all fences have signalled and all mappings are gone (DMB-17). **Locks** the reservation is held.
   * **Errors** `ContractError` INV-27 after the release: whoever still has it on a list uses memory that is free.
   */
  *invalidate(): Op<void> {
    this.resv.lock.assertHeld()
    if (this.#references.now === GONE)
      throw new ContractError('INV-27', `importers of ${this.name} are told after its release`)
    this.#services.witness?.told(this.name)
    yield* this.#services.kernel.visit(undefined, this.#tellAll())
  }

  *#tellAll(): Op<void> {
    this.#list.readValue(this.#attachments.length)
    this.#turns.begin()
    for (const attachment of [...this.#attachments]) yield* attachment.invalidate(this.#turns)
  }

  /**
   * Map for the kernel's own CPU, once for all who ask. **Locks** the reservation is held (DMB-24).
   * **Errors** EINVAL where the exporter cannot (DMB-29); the exporter's.
   */
  *vmap(): Op<KernelMapping> {
    this.resv.lock.assertHeld()
    if (this.ops.vmap === undefined || this.ops.vunmap === undefined) throw this.#cannot('vmap')
    this.#kernelMapping ??= yield* this.inExporter('vmap', this.ops.vmap())
    this.#kernelUsers.change(1)
    return this.#kernelMapping
  }

  /** **Locks** the reservation is held (DMB-24). */
  *vunmap(): Op<void> {
    this.resv.lock.assertHeld()
    const mapping = this.#kernelMapping
    if (mapping === undefined) throw new ContractError('DMB-24', `${this.name} is not mapped for the kernel`)
    if (this.#kernelUsers.change(-1) > 0) return
    this.#kernelMapping = undefined
    yield* this.inExporter('vunmap', this.ops.vunmap?.(mapping) ?? done(undefined))
  }

  /**
   * Map into a process. **Locks** the reservation is not held (DMB-25).
   * **Errors** EINVAL where the exporter cannot (DMB-29), and beyond the end; the exporter's.
   */
  *mmap(length: number): Op<CpuMapping> {
    this.resv.lock.assertNotHeld()
    if (this.ops.mmap === undefined) throw this.#cannot('mmap')
    if (length > this.size)
      throw new KernelError('EINVAL', 'DMB-29', `${this.name} has ${this.size} bytes, not ${length}`)
    return yield* this.inExporter('mmap', this.ops.mmap(length))
  }

  /** Tell the exporter, then wait for who uses the memory (DMB-32). **Locks** the reservation is not held (DMB-25). */
  *beginCpuAccess(access: Access): Op<void> {
    this.resv.lock.assertNotHeld()
    yield* this.inExporter('beginCpuAccess', this.ops.beginCpuAccess?.(access) ?? done(undefined))
    // Who writes must wait for readers too (DMB-21).
    yield* this.resv.wait(access === 'write' ? 'read' : 'write')
  }

  /** **Locks** the reservation is not held (DMB-25). */
  *endCpuAccess(access: Access): Op<void> {
    this.resv.lock.assertNotHeld()
    yield* this.inExporter('endCpuAccess', this.ops.endCpuAccess?.(access) ?? done(undefined))
  }

  #cannot(what: string): KernelError {
    return new KernelError('EINVAL', 'DMB-29', `the file of ${this.name} cannot ${what}`)
  }

  /** For explorers: `thread` has a descriptor or an import of it that it alone can give back, or is about to do so. */
  noteKept(thread: Task, by: 'descriptor' | 'import', kept: boolean): void {
    const counts = by === 'descriptor' ? this.#descriptors : this.#imports
    counts.set(thread, (counts.get(thread) ?? 0) + (kept ? 1 : -1))
  }

  #add(): void {
    if (this.#isKept()) this.#references.note(1)
    else this.#references.add()
  }

  /**
   * What a thread takes and drops beside a descriptor of its own makes no difference to anybody: the count stays above 0. So
   * it does as long as an import of its own is attached (DMB-6).
   */
  #isKept(): boolean {
    const none = this.#descriptors.size === 0 && this.#imports.size === 0
    const thread = none ? undefined : this.#services.kernel.currentTask()
    return thread !== undefined && this.#keeps(thread)
  }

  #keeps(thread: Task): boolean {
    if ((this.#descriptors.get(thread) ?? 0) > 0) return true
    return (this.#imports.get(thread) ?? 0) > 0 && this.#attachments.some(({ maker }) => maker === thread)
  }

  #unlist(attachment: Attachment): void {
    if (attachment.isMapped)
      throw new ContractError('DMB-11', `${attachment.device.name} detaches ${this.name} while mapped`)
    const at = this.#attachments.indexOf(attachment)
    if (at < 0) throw new ContractError('DMB-11', `${attachment.device.name} is not attached to ${this.name}`)
    this.#attachments.splice(at, 1)
    this.#noteList(attachment, false)
  }

  #noteList(attachment: Attachment, listed: boolean): void {
    attachment.noteListed(listed)
    this.#list.addValue(this.#attachments.length, listed ? 1 : -1)
    this.#turns.changed()
  }

  /** Run an operation of the exporter, as code of the buffer's. **Errors** `DRIVER_BROKEN` when it is none. */
  inExporter<T>(call: string, given: Op<T>): Op<T> {
    const work = operation(given, call, this.exporter)
    return this.#part === undefined ? work : this.#services.kernel.inside(this.#part, work)
  }

  /** What becomes of a refusal by one of the operations that do not fail: whoever called has nobody to give it to. */
  refusedToEnd(call: string, rule: string, { errno, message }: KernelError): ContractError {
    return new ContractError(rule, `${this.exporter} fails to ${call} ${this.name} with ${errno} (${message})`)
  }

  /** Run a callback of an importer, as code of the importer's. */
  inImporter(part: Part | undefined, work: Op<void>): Op<void> {
    return part === undefined ? work : this.#services.kernel.visit(part, work)
  }

  /** **Source** DMB-8, GEN-2 */
  #checkCallback({ device, dynamic, revocable }: Attachment): void {
    const { callbackMandatory } = GENERATION_RULES[this.#services.facts?.generation ?? 'G2']
    if (!callbackMandatory || !dynamic || revocable) return
    throw new KernelError('EINVAL', 'DMB-8', `${device.name} attaches dynamically and has no callback`)
  }

  *#release(): Op<void> {
    yield* point(`release ${this.name}`)
    if (this.#attachments.length > 0) {
      throw new ContractError('DMB-6', `${this.name} is released with ${this.#attachments.length} attachments listed`)
    }
    try {
      yield* this.inExporter('release', this.ops.release())
    } catch (error) {
      throw error instanceof KernelError ? this.refusedToEnd('release', 'DMB-6', error) : error
    }
    this.#references.write(GONE)
    // It is part of the buffer.
    this.resv.lock.free(`${this.name} is released, and who holds no reference to it does not touch it`)
    this.#services.trace.emit({ kind: 'state', buffer: this.name, state: 'released', rule: 'DMB-5' })
  }
}
