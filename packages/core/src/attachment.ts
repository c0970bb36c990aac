/** One importer device bound to one buffer. */
import type { DmaBuf } from './dmabuf.ts'
import type { Device } from './device.ts'
import { described, driverBroken, operation, hintOfValue } from './driver-contract.ts'
import { ContractError, KernelError } from './errors.ts'
import { mixA } from './hash.ts'
import type { Op } from './op.ts'
import { point } from './op.ts'
import { type Direction, type SgEntry, type SgTable, wordOfAddresses } from './sg-table.ts'
import type { Kernel, Task } from './kernel.ts'
import type { Part, Shared, Turns } from './shared.ts'
import type { Trace } from './trace.ts'
import type { Witness } from './witness.ts'

/**
 * The importer's side of a *dynamic* attachment. Without it an attachment is *static*: no peer to peer, no callback.
 * Read once, at `attach`; what it declares holds for the life of the attachment.
 */
export interface AttachOps {
  /** It takes addresses of other devices. A BAR is lent to nobody else. */
  readonly peer2peer: boolean
  /**
   * Let go: the exporter is taking the memory back.
   *
   * **Called** by the exporter, in its thread, from the moment the attachment is listed to the end of `detach`: with
   * nothing mapped, twice in a row (REV-6), before `attach` has returned to the importer (DMB-9, IMP-2), during its own
   * teardown. **Locks** the reservation and the exporter's outer locks are held (DMB-28, VFIO-43), so it takes only
   * locks that come after the reservation, or tries them; it does not touch the exporter's device or its file, and does
   * not wait for anything that needs them or user space. **State after** the device starts no access that rests on the
   * mapping; what could not be stopped at once is covered by fences in the reservation (DMB-17). The mapping is
   * unmapped in the callback, or in bounded time after it from a thread of the importer, without user space's help
   * (DMB-18, IMP-3, INV-9). A pinned importer may take it as final. **Not promised** that the memory comes back, or
   * that anybody says so when it does: who wants to know tries to map, as soon as it can have the reservation, and gets
   * ENODEV meanwhile.
   */
  invalidate?(attachment: Attachment): Op<void>
}

export interface AttachmentServices {
  readonly kernel: Kernel
  readonly trace: Trace
  readonly witness?: Witness
}

/**
 * Made by `DmaBuf.attach`, ended by `DmaBuf.detach`. The importer calls `pin`, `unpin`, `map`, `unmap` and
 * `physRanges`, all with the reservation held; `invalidate` is for dma-buf core. The getters may be read by anybody;
 * `table` and `tables` mean something under the reservation only.
 */
export class Attachment {
  readonly buffer: DmaBuf
  readonly device: Device
  readonly ops: AttachOps | undefined
  /** The thread that attached. */
  readonly maker: Task | undefined
  readonly #trace: Trace
  readonly #part: Part | undefined
  readonly #tables: SgTable[] = []
  /** What each of them said when it was handed out. */
  readonly #given: Given[] = []
  /** How many it was given so far. */
  #maps = 0
  #pins = 0
  /** How often it pinned, unpinned, or asked for ranges. */
  #requests = 0
  /** Told to let go, and nothing was asked for since. */
  #wasTold = false
  #isDetached = false
  readonly #witness: Witness | undefined
  /** For explorers: what it holds, which tables those are where somebody looks, and whether the buffer lists it. */
  readonly #held: Shared
  readonly #lookedAt: Shared
  readonly #listed: Shared

  constructor(buffer: DmaBuf, device: Device, ops: AttachOps | undefined, services: AttachmentServices) {
    const { trace, witness, kernel } = services
    this.buffer = buffer
    this.device = device
    this.ops = ops
    this.#trace = trace
    this.#witness = witness
    this.maker = kernel.currentTask()
    this.#part = kernel.currentPart()
    this.#held = kernel.shared('what an attachment holds')
    this.#lookedAt = kernel.shared('tables of an attachment')
    this.#listed = kernel.shared('whether an attachment is listed')
  }

  /** The importer gave operations (DMB-8). */
  get dynamic(): boolean {
    return this.ops !== undefined
  }

  get peer2peer(): boolean {
    return this.ops?.peer2peer ?? false
  }

  /** Declares that it can be told to let go (DMB-19). */
  get revocable(): boolean {
    return this.ops?.invalidate !== undefined
  }

  /** The newest table it holds. */
  get table(): SgTable | null {
    return this.tables.at(-1) ?? null
  }

  /**
   * All of them, oldest first: an importer may map again while its last work through an older table still runs (DRM-3).
   */
  get tables(): readonly SgTable[] {
    this.#lookedAt.readValue(this.#wordOfTables)
    return this.#tables
  }

  /**
   * Ask that the memory stay where it is. Protects from no revoke (VFIO-27). **Locks** the reservation is held
   * (DMB-24). **Errors** the exporter's (DMB-12); `ContractError` for a static attachment.
   */
  *pin(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (!this.dynamic) throw new ContractError('DMB-12', 'pin is for dynamic attachments')
    if (this.buffer.ops.pin !== undefined) yield* this.buffer.inExporter('pin', this.buffer.ops.pin(this))
    this.#pins++
    this.#asked()
  }

  /**
   * Undo one `pin`. Legal, and required, while revoked. **Locks** the reservation is held. **Errors** `ContractError` DMB-12
   * without a pin to undo.
   */
  *unpin(): Op<void> {
    this.buffer.resv.lock.assertHeld()
    if (this.#pins === 0)
      throw new ContractError('DMB-12', `${this.device.name} unpins ${this.buffer.name} once too often`)
    this.#pins--
    this.#asked()
    if (this.buffer.ops.unpin !== undefined) yield* this.buffer.inExporter('unpin', this.buffer.ops.unpin(this))
  }

  /**
   * Ask the exporter for DMA addresses (DMB-13). They are good until `unmap`; from the callback on
   * only for what fences cover (DMB-17). An importer may hold several tables at once.
   *
   * **Shape** importers of peers ask for both directions, whatever they mean to do (IMP-4). The table has an entry for
   * each run, below 4 GiB each, the buffer from its first byte to its last; no page stands behind them (SGT-11). It is
   * the exporter's, and is given back as it was given. **Locks** the reservation is held, all the while (DMB-24).
   * **Errors** the exporter's: ENODEV while revoked, EINVAL for a pair that cannot, ENOMEM and the like; nothing is
   * mapped then. `ContractError` DMB-11 once it is detached. **Not promised** that a later map gives the same addresses,
   * or any; that the kernel's fences have signalled: a dynamic importer waits for those itself (DMB-15).
   */
  *map(direction: Direction): Op<SgTable> {
    this.buffer.resv.lock.assertHeld()
    this.#checkAttached()
    const pinned = !this.dynamic && this.buffer.ops.pin !== undefined
    if (pinned) yield* this.#implicitPin()
    let table: SgTable
    try {
      table = checkedTable(yield* this.buffer.inExporter('map', this.buffer.ops.map(this, direction)), this.buffer)
    } catch (error) {
      if (error instanceof KernelError) this.#witness?.refused(this.buffer.name, this.device.name, error.errno)
      if (pinned) yield* this.#implicitUnpin()
      throw error
    }
    this.#wasTold = false
    this.#tables.push(table)
    this.#given.push(asGiven(table, ++this.#maps))
    this.#noteTables()
    if (!this.dynamic) yield* this.buffer.resv.wait('kernel')
    return table
  }

  /**
   * Give the addresses back (DMB-14). The device has stopped using them before. Legal, and required, in every state of
   * the buffer. **Shape** the table that `map` gave, and its direction. **Locks** the reservation is held. **Errors**
   * `ContractError` INV-21 for another table; else it does not fail.
   */
  *unmap(table: SgTable, direction: Direction): Op<void> {
    this.buffer.resv.lock.assertHeld()
    this.#held.readHere()
    if (!this.#tables.includes(table)) {
      throw new ContractError(
        'INV-21',
        `${this.device.name} unmaps a table of ${this.buffer.name} that it was not given`,
      )
    }
    this.#checkUnchanged(table)
    try {
      yield* this.buffer.inExporter('unmap', this.buffer.ops.unmap(this, table, direction))
    } catch (error) {
      throw error instanceof KernelError ? this.buffer.refusedToEnd('unmap', 'DMB-14', error) : error
    }
    const at = this.#tables.indexOf(table)
    this.#tables.splice(at, 1)
    this.#given.splice(at, 1)
    this.#noteTables()
    this.#trace.emit({ kind: 'unmap', buffer: this.buffer.name, device: this.device.name, mapping: table.mapping })
    if (!this.dynamic && this.buffer.ops.pin !== undefined) yield* this.#implicitUnpin()
  }

  /**
   * The private interconnect (IFD-4): physical ranges for one who makes translations of its own. Not counted: no revoke
   * waits for their user, so his callback has to have removed every translation when it returns (IFD-8).
   * **Locks** the reservation is held. **Errors** EOPNOTSUPP without one; the exporter's, ENODEV while revoked.
   */
  *physRanges(): ReturnType<NonNullable<DmaBuf['ops']['physRanges']>> {
    this.buffer.resv.lock.assertHeld()
    if (this.buffer.ops.physRanges === undefined) {
      throw new KernelError('EOPNOTSUPP', 'IFD-4', `${this.buffer.exporter} hands out no physical ranges`)
    }
    const ranges = yield* this.buffer.inExporter('physRanges', this.buffer.ops.physRanges(this))
    this.#asked()
    return ranges
  }

  /** For checks that somebody counted right. Explorers take no note of the look. */
  get tableCount(): number {
    return this.#tables.length
  }

  /** For dma-buf core, which looks whether it is detached while mapped. **Locks** the reservation is held. */
  get isMapped(): boolean {
    this.#held.readHere()
    return this.#tables.length > 0
  }

  /** For dma-buf core: it came to the list, or went. */
  noteListed(listed: boolean): void {
    this.#listed.writeValue(listed ? 1 : 0)
    this.#isDetached = !listed
    // What it was told is of no consequence any more.
    if (!listed) this.#held.writeValue(0)
  }

  /**
   * For dma-buf core: run the importer's callback, if it has one (DMB-16), as one of `turns`. **Locks** the reservation is held.
   * **Errors** `ContractError` DMB-16 when an exporter calls it.
   */
  *invalidate(turns: Turns): Op<void> {
    if ((turns as Turns | undefined) === undefined) {
      const hint = 'an exporter calls invalidate() of the buffer, which tells all of them'
      throw new ContractError('DMB-16', `${this.device.name} alone is told to let go of ${this.buffer.name}; ${hint}`)
    }
    const callback = this.ops?.invalidate
    if (callback === undefined) return
    yield* point(`invalidate ${this.device.name}`)
    this.#trace.emit({
      kind: 'invalidate',
      buffer: this.buffer.name,
      device: this.device.name,
      mapped: this.#tables.length > 0,
    })
    this.#held.readHere()
    const again = this.#wasTold && this.#tables.length === 0
    const before = this.#requests
    yield* this.buffer.inImporter(this.#part, inTurn(turns, this.#letGo(callback)))
    if (again && this.#requests !== before) this.#tellUnlikeOnce()
    this.#wasTold = true
    this.#noteHeld()
  }

  /** **Errors** `ContractError` DMB-18: nobody takes a refusal of it. */
  *#letGo(callback: NonNullable<AttachOps['invalidate']>): Op<void> {
    try {
      yield* operation(callback.call(this.ops, this), 'invalidate', `of ${this.device.name}`)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      const refusal = `${error.errno} (${error.message})`
      throw new ContractError(
        'DMB-18',
        `${this.device.name} is told to let go of ${this.buffer.name}, and fails with ${refusal}`,
      )
    }
  }

  #asked(): void {
    this.#requests++
    this.#wasTold = false
    this.#noteHeld()
  }

  #noteTables(): void {
    this.#noteHeld()
    this.#lookedAt.countValue(this.#wordOfTables)
  }

  get #wordOfTables(): number {
    return this.#given.reduce((words, { word }) => mixA(words, word), 0)
  }

  #noteHeld(): void {
    this.#held.writeValue(4 * this.#tables.length + (this.#wasTold ? 2 : 0) + (this.#pins > 0 ? 1 : 0))
  }

  /** INV-13: told again with nothing mapped, a callback has nothing left to do. */
  #tellUnlikeOnce(): void {
    const message = `${this.device.name} is told again to let go of ${this.buffer.name}, with nothing mapped, and pins, unpins or asks for ranges`
    this.#witness?.broken('INV-13', 'REV-6', message)
  }

  /** INV-21: importers may cut a table to their window, and put it back before this. */
  #checkUnchanged(table: SgTable): void {
    const given = this.#given[this.#tables.indexOf(table)]?.entries ?? []
    const { entries } = table
    const same = entries.length === given.length && given.every((entry, i) => isSame(entry, entries[i]))
    if (same) return
    throw new ContractError('INV-21', `${this.device.name} gives a table of ${this.buffer.name} back changed`)
  }

  #checkAttached(): void {
    this.#listed.heed()
    if (!this.#isDetached) return
    throw new ContractError('DMB-11', `${this.device.name} maps ${this.buffer.name}, from which it is detached`)
  }

  *#implicitPin(): Op<void> {
    if (this.buffer.ops.pin !== undefined) yield* this.buffer.inExporter('pin', this.buffer.ops.pin(this))
  }

  *#implicitUnpin(): Op<void> {
    if (this.buffer.ops.unpin !== undefined) yield* this.buffer.inExporter('unpin', this.buffer.ops.unpin(this))
  }
}

function* inTurn(turns: Turns, work: Op<void>): Op<void> {
  turns.enter()
  try {
    yield* work
  } finally {
    turns.leave()
  }
}

/** **Errors** `UsageError` `DRIVER_BROKEN`. */
function checkedTable(given: SgTable | undefined, { exporter }: DmaBuf): SgTable {
  if (given !== undefined && Array.isArray(given.entries)) return given
  const hint = hintOfValue(given, 'make it by physVecToSgt')
  throw driverBroken(exporter, `map gives ${described(given)}, and has to give a table with its entries`, hint)
}

/** A table as it was handed out. */
interface Given {
  readonly entries: readonly SgEntry[]
  /** Stands for it: one that comes later is another one, though both be alike. */
  readonly word: number
}

const asGiven = ({ entries }: SgTable, number: number): Given => ({
  entries: entries.map(({ address, length }) => ({ address, length })),
  word: mixA(number, wordOfAddresses(entries)),
})

const isSame = (given: SgEntry, now: SgEntry | undefined): boolean =>
  now !== undefined && now.address === given.address && now.length === given.length
