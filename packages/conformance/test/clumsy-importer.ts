/** A correct importer of the simplest kind, and one mistake at a time put into it. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Attachment,
  BUS,
  type Bus,
  type Device,
  type DmaBuf,
  type Import,
  type Importer,
  KERNEL,
  type Kernel,
  KernelError,
  type Lock,
  type Op,
  type Plugin,
  point,
  type Scope,
  setMaster,
  type SgTable,
  sleep,
} from '@barter/core'

export type Mistake =
  | 'keeps its mapping'
  | 'never becomes a bus master'
  | 'unmaps too late'
  | 'leaves a worker behind'
  | 'goes on with old addresses'
  | 'goes on with old addresses and tells nobody'
  | 'forgets its reference'
  | 'forgets to detach'
  | 'forgets its reference when refused'
  | 'maps without the reservation'
  | 'keeps the reservation'
  | 'takes the reservation in its callback'
  | 'says that all is well'
  | 'changes its table'
  | 'declares too much'
  | 'looks at no length'
  | 'moves data without a lock'
  | 'unmaps twice'
  | 'lets a refusal escape from its callback'
  | 'never pins, and unpins'
  | 'does it another way each time'
  | 'walks the first entry only'
  | 'believes that attach has returned'
  | 'comes back, and says it does not'
  | 'pins each time it is told'
  | 'lets go only when its own lock is free'
  | 'looks whether it is mapped before it has the reservation'
  | 'remembers addresses'
  | 'uses an attachment that is going'
  | 'reads by the table of before'
  | 'reads beyond the end'
  | 'gives no data'
  | 'gives the data of another place'
  | 'says another errno'
  | 'maps one way'
  | 'keeps the reservation for seconds'
  | 'asks for the reservation in a loop'
  | 'makes an operation and does not run it'

export function clumsy(mistake?: Mistake): Plugin {
  let runs = 0
  return {
    name: 'importer-clumsy',
    apply: ({ hooks }) => {
      hooks.importer.for('clumsy').tap('importer-clumsy', (run) => new Clumsy(run, mistake, runs++))
    },
  }
}

class Clumsy implements Importer {
  readonly driver = 'clumsy'
  readonly supports
  readonly #kernel: Kernel
  readonly #bus: Bus
  readonly #mistake: Mistake | undefined
  readonly #runs: number
  /** Attachments by their device. */
  readonly #shared = new Map<Device, Attachment>()

  constructor(run: Scope, mistake: Mistake | undefined, runs: number) {
    this.#kernel = run.get(KERNEL)
    this.#bus = run.get(BUS)
    this.#mistake = mistake
    this.#runs = runs
    const restartable = mistake !== 'comes back, and says it does not'
    this.supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable }
  }

  *probe(device: Device): Op<void> {
    if (this.#mistake !== 'never becomes a bus master') setMaster(device, true)
  }

  *import(device: Device, buffer: DmaBuf): Op<Import> {
    if (this.#mistake === 'does it another way each time' && this.#runs % 2 === 1) yield* sleep(1)
    const parts = { kernel: this.#kernel, bus: this.#bus, device, buffer, mistake: this.#mistake, shared: this.#shared }
    const made = new Region(parts)
    yield* made.attach()
    return made
  }
}

interface Parts {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly device: Device
  readonly buffer: DmaBuf
  readonly mistake: Mistake | undefined
  readonly shared: Map<Device, Attachment>
}

class Region implements Import {
  readonly #parts: Parts
  /** Around each access. */
  readonly #own: Lock
  #attachment: Attachment | undefined
  #old: SgTable | undefined
  #remembered: SgTable['entries'] | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#own = parts.kernel.lock('clumsy lock')
  }

  *attach(): Op<void> {
    const { buffer, device, shared } = this.#parts
    this.#attachment = this.#is('uses an attachment that is going') ? shared.get(device) : undefined
    if (this.#attachment?.buffer === buffer) return
    buffer.get()
    try {
      this.#attachment = yield* buffer.attach(device, {
        peer2peer: !this.#is('declares too much'),
        invalidate: (attachment) => this.#told(attachment),
      })
      shared.set(device, this.#attachment)
    } catch (error) {
      if (!this.#is('forgets its reference when refused')) buffer.put()
      throw error
    }
  }

  *access(request: AccessRequest): Op<AccessResult> {
    if (!this.#is('lets go only when its own lock is free')) return yield* this.#access(request)
    yield* this.#own.lock()
    try {
      return yield* this.#access(request)
    } finally {
      this.#own.unlock()
    }
  }

  *#access(request: AccessRequest): Op<AccessResult> {
    const { buffer, device } = this.#parts
    try {
      if (this.#is('looks whether it is mapped before it has the reservation') && this.#attached.table === null) {
        yield* buffer.resv.locked(() => this.#attached.map('bidirectional'))
      }
      if (this.#is('maps without the reservation')) yield* this.#attached.map('bidirectional')
      if (this.#old !== undefined && this.#goesOn) return yield* this.#move(this.#old, request)
      if (this.#is('moves data without a lock')) {
        const table = yield* buffer.resv.locked(() => this.#table())
        return yield* this.#move(table, request)
      }
      if (this.#is('keeps the reservation')) {
        yield* buffer.resv.lock.lock()
        return yield* this.#move(yield* this.#table(), request)
      }
      if (this.#is('asks for the reservation in a loop')) {
        while (!buffer.resv.lock.tryLock()) yield* point('is it free?')
        try {
          return yield* this.#mapAndMove(request)
        } finally {
          buffer.resv.lock.unlock()
        }
      }
      return yield* buffer.resv.locked(() => this.#mapAndMove(request))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (this.#is('says that all is well')) return { ok: true, status: 'success' }
      const errno = this.#is('says another errno') ? 'EIO' : error.errno
      return { ok: false, status: `${device.name} stopped`, errno, rule: error.rule }
    }
  }

  *close(): Op<void> {
    const { buffer, device, shared } = this.#parts
    yield* buffer.resv.locked(() => this.#unmap(this.#attached))
    if (this.#is('forgets to detach')) return
    const detached = buffer.detach(this.#attached)
    if (!this.#is('makes an operation and does not run it')) yield* detached
    shared.delete(device)
    if (!this.#is('forgets its reference')) buffer.put()
  }

  *#told(attachment: Attachment): Op<void> {
    const { buffer, kernel } = this.#parts
    if (this.#is('keeps its mapping')) return
    if (this.#is('lets go only when its own lock is free')) {
      if (!this.#own.tryLock()) return
      yield* this.#unmap(attachment)
      this.#own.unlock()
      return
    }
    if (this.#is('pins each time it is told')) yield* attachment.pin()
    if (this.#is('believes that attach has returned')) return yield* this.#unmap(this.#attached)
    if (this.#is('takes the reservation in its callback'))
      return yield* buffer.resv.locked(() => this.#unmap(attachment))
    if (this.#is('lets a refusal escape from its callback')) {
      yield* this.#unmap(attachment)
      yield* attachment.map('bidirectional')
    }
    if (this.#is('unmaps too late')) {
      const later = (): Op<void> => buffer.resv.locked(() => this.#unmap(attachment))
      kernel.spawn('late worker', function* () {
        yield* sleep(5_000_000)
        yield* later()
      })
      return
    }
    if (this.#is('leaves a worker behind')) {
      kernel.spawn('worker', () => buffer.resv.locked(() => this.#unmap(attachment)))
      return
    }
    yield* this.#unmap(attachment)
  }

  *#mapAndMove(request: AccessRequest): Op<AccessResult> {
    const table = yield* this.#table()
    if (this.#is('changes its table')) Object.assign(table.entries[0] ?? {}, { length: 0x800 })
    if (this.#is('keeps the reservation for seconds')) yield* sleep(2_000_000)
    const isStale = this.#is('reads by the table of before') && request.access === 'read'
    return yield* this.#move(isStale ? (this.#old ?? table) : table, request)
  }

  *#table(): Op<SgTable> {
    return this.#attached.table ?? (yield* this.#attached.map(this.#direction))
  }

  get #direction(): 'from-device' | 'bidirectional' {
    return this.#is('maps one way') ? 'from-device' : 'bidirectional'
  }

  *#unmap(attachment: Attachment): Op<void> {
    const { table } = attachment
    if (this.#is('never pins, and unpins')) yield* attachment.unpin()
    if (table === null) return
    this.#old = table
    yield* attachment.unmap(table, this.#direction)
    if (this.#is('unmaps twice')) yield* attachment.unmap(table, 'bidirectional')
  }

  *#move(table: SgTable, { access, offset, length, data }: AccessRequest): Op<AccessResult> {
    const { bus, device, buffer } = this.#parts
    const isBlind = this.#is('looks at no length') || (this.#is('reads beyond the end') && access === 'read')
    if (!isBlind && offset + length > buffer.size) return { ok: false, status: 'beyond the end' }
    const back = new Uint8Array(access === 'read' ? length : 0)
    const silent = this.#is('goes on with old addresses and tells nobody')
    this.#remembered ??= table.entries
    const given = this.#is('remembers addresses') ? this.#remembered : table.entries
    let start = 0
    let moved = 0
    for (const entry of this.#is('walks the first entry only') ? given.slice(0, 1) : given) {
      const into = offset + moved - start
      start += entry.length
      const last = entry === given.at(-1) && isBlind
      if (into >= entry.length && !last) continue
      const part = last ? length - moved : Math.min(length - moved, entry.length - into)
      const rest = data === undefined ? {} : { data: data.subarray(moved % data.length) }
      const {
        arrived,
        route,
        data: got,
      } = yield* bus.dma({
        from: device,
        access,
        at: advance(entry.address, this.#is('gives the data of another place') && access === 'read' ? 0 : into),
        length: part,
        ...rest,
        ...(silent ? {} : { mapping: table.mapping }),
      })
      if (!arrived) return { ok: false, status: route.why }
      if (got !== undefined) back.set(got.subarray(0, part), moved)
      moved += part
      if (moved === length) break
    }
    const isAsked = access === 'read' && !this.#is('gives no data')
    return { ok: true, status: 'success', ...(isAsked ? { data: back } : {}) }
  }

  get #goesOn(): boolean {
    return this.#is('goes on with old addresses') || this.#is('goes on with old addresses and tells nobody')
  }

  #is(mistake: Mistake): boolean {
    return this.#parts.mistake === mistake
  }

  get #attached(): Attachment {
    if (this.#attachment === undefined) throw new KernelError('EBADF', 'DMB-11', 'not attached')
    return this.#attachment
  }
}
