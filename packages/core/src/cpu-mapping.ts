/**
 * A piece of a device file in the address space of a process: what `mmap` gives (MM-1 to MM-10).
 *
 * Its translations are put in one by one by faults, and are special: no struct page stands behind them, so nobody can pin
 * them (MM-3). Whoever takes them away, with `zap`, first holds the lock that faults of the driver need, so that a CPU
 * that comes later waits there and asks again (MM-9).
 */
import { type PhysAddr, advance } from './address.ts'
import type { Part, Shared } from './shared.ts'
import type { Device } from './device.ts'
import { KernelError, SignalError } from './errors.ts'
import { addWords, mixA } from './hash.ts'
import { accessesThrough, type InFlight } from './in-flight.ts'
import type { Kernel, RwSem } from './kernel.ts'
import type { MmuNotifier } from './mmu-notifier.ts'
import { type Op, point } from './op.ts'
import type { Access, Bus, CpuAccess } from './platform.ts'
import type { Trace } from './trace.ts'

/** What user space asks for; numbers as the system call carries them. **Units** bytes. */
export interface MmapRequest {
  /** Index of the region of the device file. */
  readonly region: number
  /** From the start of the region. */
  readonly offset: number
  readonly length: number
  /** `MAP_SHARED`; true unless told. */
  readonly shared?: boolean
  /** `PROT_WRITE`; true unless told. */
  readonly writable?: boolean
}

/** One translation: a page, or a larger run that one entry covers (MM-5). **Units** bytes. */
export interface MappedRun {
  /** From the start of the mapping. */
  readonly offset: number
  readonly length: number
  readonly at: PhysAddr
}

/** What somebody who looks at the page tables finds (`follow_pfnmap`, T1-1). */
export interface PfnRun {
  readonly start: PhysAddr
  /** Bytes from there that the same entry covers. */
  readonly length: number
  readonly writable: boolean
}

/** The driver's side of a mapping. */
export interface CpuMappingOps {
  /**
   * A CPU needs the page at `offset`: `install` it, with the lock held that `zap` is called under.
   * **Errors** `SignalError` SIGBUS when it may not be reached now (MM-6).
   */
  fault(mapping: CpuMapping, offset: number): Op<void>
  /** It is unmapped, and never used again. Does not fail. */
  unmapped(mapping: CpuMapping): Op<void>
}

export interface CpuMappingSpec {
  readonly name: string
  readonly device: Device
  readonly length: number
  readonly writable: boolean
  readonly pageSize: number
  readonly ops: CpuMappingOps
  /** What who pins its pages is told; EFAULT, as there are none, unless the driver has some (MM-3, PGM-9). */
  readonly pinRefusal?: (mapping: CpuMapping) => KernelError
}

export interface CpuMappingServices {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly trace: Trace
}

export class CpuMapping {
  readonly name: string
  readonly device: Device
  /** Bytes, a multiple of the page size. */
  readonly length: number
  readonly writable: boolean
  readonly pageSize: number
  readonly #ops: CpuMappingOps
  readonly #pinRefusal: CpuMappingSpec['pinRefusal']
  readonly #services: CpuMappingServices
  /** Held for reading by faults, for writing by who unmaps; comes before any lock of a driver (VFIO-40). */
  readonly #lock: RwSem
  readonly #inFlight: InFlight
  readonly #notifiers: MmuNotifier[] = []
  /** Of the driver that made it: who uses its translations depends on whoever takes them away. */
  readonly #part: Part | undefined
  /** For explorers: the translations, and who hears of their end. */
  readonly #translations: Shared
  readonly #listeners: Shared
  #runs: readonly MappedRun[] = []

  constructor(services: CpuMappingServices, spec: CpuMappingSpec) {
    this.name = spec.name
    this.device = spec.device
    this.length = spec.length
    this.writable = spec.writable
    this.pageSize = spec.pageSize
    this.#ops = spec.ops
    this.#pinRefusal = spec.pinRefusal
    this.#services = services
    this.#lock = services.kernel.rwsem(`vma(${spec.name})`)
    this.#inFlight = accessesThrough(services.kernel, spec.name)
    this.#part = services.kernel.currentPart()
    this.#translations = services.kernel.shared('translations of a mapping')
    this.#listeners = services.kernel.shared('who hears of a mapping')
  }

  /** Translations that are there now. */
  get runs(): readonly MappedRun[] {
    this.#translations.readValue(this.#content)
    return this.#runs
  }

  /**
   * Load or store, page by page, as the CPU does: what is not there faults first, as often as it takes.
   *
   * **Locks** none held. **Errors** `SignalError`: SIGSEGV outside the mapping or against its protection, SIGBUS while the
   * driver says no (MM-6), and what the platform makes of a silent device.
   */
  *access(access: Access, offset: number, length: number, data?: Uint8Array): Op<CpuAccess> {
    this.checkAccess(access, offset, length)
    return yield* this.inside(
      overPages(this.pageSize, access, offset, length, data, (piece) => this.#accessPage(access, piece)),
    )
  }

  /** Run `work` as code of the mapping's. */
  inside<T>(work: Op<T>): Op<T> {
    return this.#services.kernel.inside(this.#part, work)
  }

  /** **Errors** `SignalError` SIGSEGV. */
  checkAccess(access: Access, offset: number, length: number): void {
    if (offset < 0 || offset + length > this.length) {
      throw new SignalError('SIGSEGV', 'MM-1', `${length} bytes at ${offset} are not in ${this.name}`)
    }
    if (access === 'write' && !this.writable) throw new SignalError('SIGSEGV', 'MM-1', `${this.name} is read-only`)
  }

  /** Put a translation in. **Locks** that which `zap` is called under. */
  install(run: MappedRun): void {
    // A larger entry takes the place of smaller ones below it.
    this.#runs = [...this.runs.filter((old) => old.offset < run.offset || old.offset >= run.offset + run.length), run]
    this.#translations.writeValue(this.#content)
    this.#services.trace.emit({ kind: 'note', text: `${this.name}: ${run.length} bytes faulted in`, rule: 'MM-6' })
  }

  /**
   * Take every translation away, and wait until nobody uses one (MM-9).
   * **Locks** that under which the driver's faults install.
   */
  *zap(): Op<void> {
    yield* point(`zap ${this.name}`)
    this.#listeners.read()
    for (const notifier of this.#notifiers) yield* notifier.begin()
    const had = this.runs.length
    this.#runs = []
    this.#translations.writeValue(this.#content)
    yield* this.#inFlight.settle()
    this.#listeners.read()
    for (const notifier of this.#notifiers) notifier.end()
    if (had > 0) this.#services.trace.emit({ kind: 'note', text: `${this.name}: zapped`, rule: 'MM-9' })
  }

  /** Hear of every `zap` from now on (MM-4). */
  subscribe(notifier: MmuNotifier): void {
    this.#notifiers.push(notifier)
    this.#listeners.write()
  }

  unsubscribe(notifier: MmuNotifier): void {
    const at = this.#notifiers.indexOf(notifier)
    if (at >= 0) this.#notifiers.splice(at, 1)
    this.#listeners.write()
  }

  /**
   * Look the physical address up for a device or a guest, faulting it in once if need be. Who keeps the answer and does not
   * subscribe will not hear when it goes (T1-2).
   *
   * **Locks** none held. **Errors** EFAULT outside the mapping, for one with pages behind it, which are to be pinned, and
   * when the fault is refused (MM-8, T1-1, T1-3); EINVAL when it went again at once.
   */
  followPfn(offset: number): Op<PfnRun> {
    return this.inside(this.#followPfn(offset))
  }

  /** `munmap`, or the end of the process. **Locks** none held. */
  unmap(): Op<void> {
    return this.inside(this.#unmap())
  }

  *#followPfn(offset: number): Op<PfnRun> {
    if (offset < 0 || offset >= this.length) {
      throw new KernelError('EFAULT', 'T1-1', `nothing is mapped at ${offset} of ${this.name}`)
    }
    if (this.#pinRefusal !== undefined)
      throw new KernelError('EFAULT', 'T1-1', `${this.name} has pages, and no bare frames`)
    yield* point(`follow_pfnmap ${this.name}`)
    if (this.#find(offset) === undefined) {
      try {
        yield* this.#fault(offset)
      } catch (error) {
        if (!(error instanceof SignalError)) throw error
        throw new KernelError('EFAULT', 'MM-8', error.message)
      }
    }
    const run = this.#find(offset)
    if (run === undefined) throw new KernelError('EINVAL', 'T1-1', `${this.name} was zapped again at once`)
    const into = offset - run.offset
    return { start: advance(run.at, into), length: run.length - into, writable: this.writable }
  }

  /** `pin_user_pages`, by one who knows of no MMIO: refused, always. **Errors** EFAULT, or what the driver says (MM-3). */
  *pin(): Op<never> {
    yield* point(`pin ${this.name}`)
    throw (this.#pinRefusal ?? noPages)(this)
  }

  *#unmap(): Op<void> {
    yield* this.#lock.downWrite()
    yield* this.zap()
    this.#lock.upWrite()
    yield* this.#ops.unmapped(this)
  }

  *#accessPage(access: Access, { offset, length, data }: Piece): Op<CpuAccess> {
    let run = this.#find(offset)
    while (run === undefined) {
      yield* this.#fault(offset)
      yield* point(`retry at ${this.name}`)
      run = this.#find(offset)
    }
    // From here to the end of the instruction the translation cannot be taken away unseen.
    this.#inFlight.begin()
    try {
      const at = advance(run.at, offset - run.offset)
      return yield* this.#services.bus.cpu(access, at, length, data, this.device.bdf)
    } finally {
      this.#inFlight.end()
    }
  }

  *#fault(offset: number): Op<void> {
    yield* this.#lock.downRead()
    try {
      yield* this.#ops.fault(this, offset)
    } finally {
      this.#lock.upRead()
    }
  }

  #find(offset: number): MappedRun | undefined {
    return this.runs.find((run) => offset >= run.offset && offset < run.offset + run.length)
  }

  /** As a number: what is translated to where. */
  get #content(): number {
    return wordOfRuns(this.#runs)
  }
}

/** One word for translations, in whatever order they came. */
export const wordOfRuns = (runs: readonly MappedRun[]): number =>
  runs.reduce((word, { offset, length, at }) => addWords(word, mixA(mixA(mixA(1, offset), length), at)), 0)

const noPages = ({ name }: CpuMapping): KernelError =>
  new KernelError('EFAULT', 'MM-3', `${name} is I/O memory without struct pages`)

interface Piece {
  readonly offset: number
  readonly length: number
  readonly data: Uint8Array | undefined
}

/** One access after the other, none across two pages; the answer of the whole. Data shorter than the access repeats. */
export function* overPages(
  pageSize: number,
  access: Access,
  offset: number,
  length: number,
  data: Uint8Array | undefined,
  each: (piece: Piece) => Op<CpuAccess>,
): Op<CpuAccess> {
  const back = access === 'read' ? new Uint8Array(length) : undefined
  let whole: CpuAccess | undefined
  let done = 0
  do {
    const at = offset + done
    const part = Math.min(length - done, pageSize - (at % pageSize))
    const got = yield* each({ offset: at, length: part, data: rotated(data, done) })
    if (got.data !== undefined) back?.set(got.data.subarray(0, part), done)
    if (whole === undefined || (whole.arrived && !got.arrived)) whole = got
    done += part
  } while (done < length)
  return back === undefined ? whole : { ...whole, data: back }
}

/** What a store repeats, as it stands `done` bytes on. */
function rotated(data: Uint8Array | undefined, done: number): Uint8Array | undefined {
  if (data === undefined || data.length === 0 || done % data.length === 0) return data
  const from = done % data.length
  return Uint8Array.of(...data.subarray(from), ...data.subarray(0, from))
}
