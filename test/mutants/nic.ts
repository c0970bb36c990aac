/**
 * The smallest importer that keeps every rule: it maps once, an access goes through while the mapping is there, and the
 * callback stops the engine, waits for what is in flight, and unmaps. What it does when it is told is a list, so that a
 * wrong importer is an edited one.
 */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  advance,
  BUS,
  type Bus,
  type Device,
  type DmaBuf,
  type Fence,
  type Import,
  KERNEL,
  type Kernel,
  KernelError,
  type Lock,
  type Op,
  type Plugin,
  setMaster,
  sleep,
  type SgTable,
} from '@barter/core'

export interface ToldStep {
  readonly name: string
  run(nic: NicImport): Op<void>
}

const toldStep = (name: string, run: (nic: NicImport) => Op<void>): ToldStep => ({ name, run })

/** Nothing new begins; what is in flight is waited for, since whoever sends holds the engine. */
export const stopEngine = toldStep('stopEngine', function* (nic) {
  yield* nic.engine.lock()
  nic.running = false
  nic.engine.unlock()
})
export const unmap = toldStep('unmap', (nic) => nic.unmap())
/** From a worker, as soon as it gets the reservation; the engine goes on until then. */
export const unmapLater = toldStep('unmapLater', function* (nic) {
  nic.unmapFromWorker(0)
})
/** Slow firmware: the same, and two seconds later (GEN-20). */
export const unmapSlowly = toldStep('unmapSlowly', function* (nic) {
  nic.unmapFromWorker(2_000_000)
})
/** New work stops; old work is the matter of its fences, for which the exporter waits with the reservation held (DMB-20). */
export const preempt = toldStep('preempt', function* (nic) {
  nic.running = false
})
/** The window of a region is cut into the table itself, and nobody puts it back (RDMA-3). */
export const cutTable = toldStep('cutTable', function* (nic) {
  nic.cutTable()
})
/** Allowed at any time, and refused while the buffer is revoked (REV-3). */
export const mapAgain = toldStep('mapAgain', (nic) => nic.mapAgain())

export const TOLD: readonly ToldStep[] = [stopEngine, unmap]

export interface NicOptions {
  /** What the callback does; `TOLD` unless given. `undefined` for no callback at all. */
  readonly told?: readonly ToldStep[] | 'nothing registered'
  /** Each access is protected by a fence of usage bookkeep in place of the engine's lock. */
  readonly fenced?: boolean
  /** Declared at attach; true unless given. */
  readonly peer2peer?: boolean
  readonly pins?: boolean
  /** Gives up its reference and does not detach. */
  readonly staysAttached?: boolean
  /** Tries to map for an access until that works. */
  readonly insists?: boolean
  /** When the exporter refused, or the mapping is gone, an access tries to map first. */
  readonly remaps?: boolean
}

export const nic = (options: NicOptions = {}): Plugin => ({
  name: 'importer-nic',
  apply: ({ hooks }) => {
    hooks.importer.for('nic').tap('importer-nic', (run) => {
      const services = { kernel: run.get(KERNEL), bus: run.get(BUS) }
      return {
        driver: 'nic',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: options.pins === true, restartable: true },
        *probe(device) {
          setMaster(device, true)
        },
        *import(device, buffer) {
          const made = new NicImport(services, device, buffer, options)
          yield* made.begin()
          return made
        },
      }
    })
  },
})

interface Services {
  readonly kernel: Kernel
  readonly bus: Bus
}

export class NicImport implements Import {
  /** Held while a packet is on its way. Comes after the reservation. */
  readonly engine: Lock
  running = false
  readonly #services: Services
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #options: NicOptions
  #attachment: Attachment | undefined
  #table: SgTable | undefined
  /** What the hardware was last given: it forgets nothing by itself. */
  #programmed: SgTable | undefined

  constructor(services: Services, device: Device, buffer: DmaBuf, options: NicOptions) {
    this.engine = services.kernel.lock(`engine(${device.name})`)
    this.#services = services
    this.#device = device
    this.#buffer = buffer
    this.#options = options
  }

  /** **Errors** those of the exporter; nothing is left then. */
  *begin(): Op<void> {
    const { told = TOLD, peer2peer = true, pins = false } = this.#options
    this.#buffer.get()
    try {
      const invalidate = (attachment: Attachment): Op<void> => this.#told(attachment)
      this.#attachment = yield* this.#buffer.attach(this.#device, {
        peer2peer,
        ...(told === 'nothing registered' ? {} : { invalidate }),
      })
    } catch (error) {
      this.#buffer.put()
      throw error
    }
    try {
      yield* this.#buffer.resv.locked(() => this.#pinAndMap(pins))
    } catch (error) {
      yield* this.#leave()
      throw error
    }
  }

  *access(request: AccessRequest): Op<AccessResult> {
    return yield* this.#options.fenced === true ? this.#fenced(request) : this.#locked(request)
  }

  *close(): Op<void> {
    yield* stopEngine.run(this)
    yield* this.#buffer.resv.locked(() => this.unmap())
    yield* this.#leave()
  }

  /** **Locks** the reservation is held. */
  *unmap(): Op<void> {
    const table = this.#table
    if (table === undefined) return
    this.#table = undefined
    yield* this.#attached().unmap(table, 'bidirectional')
  }

  /** **Units** ticks. */
  unmapFromWorker(after: number): void {
    this.#services.kernel.spawn(`worker(${this.#device.name})`, () => this.#worker(after))
  }

  cutTable(): void {
    const [first] = this.#table?.entries ?? []
    if (first !== undefined) Object.assign(first, { length: 4096 })
  }

  /** **Locks** the reservation is held. */
  *mapAgain(): Op<void> {
    try {
      yield* this.#map()
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
    }
  }

  *#worker(after: number): Op<void> {
    if (after > 0) yield* sleep(after)
    yield* this.#buffer.resv.locked(() => this.#stopAndUnmap())
  }

  *#stopAndUnmap(): Op<void> {
    yield* stopEngine.run(this)
    yield* this.unmap()
  }

  *#told(attachment: Attachment): Op<void> {
    // It may come before attach has returned (DMB-9).
    this.#attachment ??= attachment
    const { told = TOLD } = this.#options
    if (this.#table === undefined || told === 'nothing registered') return
    for (const step of told) yield* step.run(this)
  }

  *#pinAndMap(pins: boolean): Op<void> {
    if (pins) yield* this.#attached().pin()
    yield* this.#map()
  }

  *#map(): Op<void> {
    this.#table = yield* this.#attached().map('bidirectional')
    this.#programmed = this.#table
    this.running = true
  }

  *#locked(request: AccessRequest): Op<AccessResult> {
    const { remaps = false, insists = false } = this.#options
    if ((remaps || insists) && !this.running) yield* this.#fault()
    while (insists && !this.running) yield* this.#fault()
    yield* this.engine.lock()
    try {
      return this.running ? yield* this.#send(request) : NOT_MAPPED
    } finally {
      this.engine.unlock()
    }
  }

  *#fault(): Op<void> {
    yield* this.#buffer.resv.locked(() => this.#faultLocked())
  }

  *#faultLocked(): Op<void> {
    if (this.#table === undefined) yield* this.mapAgain()
  }

  *#fenced(request: AccessRequest): Op<AccessResult> {
    const fence = yield* this.#buffer.resv.locked(() => this.#beginWork())
    if (fence === undefined) return NOT_MAPPED
    const result = yield* this.#send(request)
    fence.signal()
    return result
  }

  *#beginWork(): Op<Fence | undefined> {
    if (!this.running) return undefined
    const fence = this.#services.kernel.fence(`work(${this.#device.name})`)
    this.#buffer.resv.addFence(fence, 'bookkeep')
    return fence
  }

  *#send({ access, offset, length, data }: AccessRequest): Op<AccessResult> {
    const table = this.#programmed
    const entry = table?.entries[0]
    if (table === undefined || entry === undefined) return NOT_MAPPED
    const { arrived } = yield* this.#services.bus.dma({
      from: this.#device,
      access,
      at: advance(entry.address, offset),
      length,
      mapping: table.mapping,
      ...(data === undefined ? {} : { data }),
    })
    return { ok: arrived, status: arrived ? 'success' : 'it did not arrive' }
  }

  *#leave(): Op<void> {
    if (this.#options.staysAttached !== true) yield* this.#buffer.detach(this.#attached())
    this.#buffer.put()
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new Error('not attached')
    return this.#attachment
  }
}

const NOT_MAPPED: AccessResult = { ok: false, status: 'not mapped' }
