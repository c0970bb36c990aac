/**
 * A small driver that uses lent BARs, through public doors only: it maps when it has to move data, and lets go when it
 * is told to, at once or from a worker some time later.
 */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Attachment,
  BUS,
  type Bus,
  type Device,
  type DmaBuf,
  done,
  type Import,
  type Importer,
  type Kernel,
  KERNEL,
  KernelError,
  type Op,
  type Plugin,
  type Scope,
  sleep,
  type StepValue,
  type Task,
  waitFor,
} from '@barter/core'

export function borrower(): Plugin {
  return {
    name: 'borrower',
    apply: ({ hooks }) => {
      hooks.importer.for('borrower').tap('borrower', (run) => new Borrower(run))
    },
  }
}

class Borrower implements Importer {
  readonly driver = 'borrower'
  readonly supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
  readonly options = {
    type: 'object',
    additionalProperties: false,
    properties: {
      lets: { enum: ['at once', 'later', 'never'], default: 'at once', description: 'go of the mapping' },
      leaks: { type: 'boolean', default: false, description: 'forget to detach' },
    },
  }
  readonly controls = {
    touch: { summary: 'map, without moving data', args: { type: 'object', additionalProperties: false } },
  }
  readonly #kernel: Kernel
  readonly #bus: Bus

  constructor(run: Scope) {
    this.#kernel = run.get(KERNEL)
    this.#bus = run.get(BUS)
  }

  probe(): Op<void> {
    return done(undefined)
  }

  *import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import> {
    const made = new Region(this.#kernel, this.#bus, buffer.get(), options)
    yield* made.attach(device)
    return made
  }
}

class Region implements Import {
  readonly #kernel: Kernel
  readonly #bus: Bus
  readonly #buffer: DmaBuf
  readonly #options: Readonly<Record<string, StepValue>>
  #attachment: Attachment | undefined
  readonly #workers: Task[] = []

  constructor(kernel: Kernel, bus: Bus, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>) {
    this.#kernel = kernel
    this.#bus = bus
    this.#buffer = buffer
    this.#options = options
  }

  *attach(device: Device): Op<void> {
    const invalidate = (attachment: Attachment): Op<void> => this.#letGo(attachment)
    this.#attachment = yield* this.#buffer.attach(device, { peer2peer: true, invalidate })
  }

  *access({ access, offset, length, data }: AccessRequest): Op<AccessResult> {
    const attachment = this.#attached()
    const { lock } = this.#buffer.resv
    yield* lock.lock()
    try {
      const table = attachment.table ?? (yield* attachment.map('bidirectional'))
      const entry = table.entries[0]
      if (entry === undefined) return { ok: false, status: 'an empty table' }
      const result = yield* this.#bus.dma({
        from: attachment.device,
        access,
        at: advance(entry.address, offset),
        length,
        mapping: table.mapping,
        ...(data === undefined ? {} : { data }),
      })
      const back = result.data === undefined ? {} : { data: result.data }
      return result.arrived ? { ok: true, status: 'success', ...back } : { ok: false, status: result.route.why }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      return { ok: false, status: 'local protection error', errno: error.errno, rule: error.rule }
    } finally {
      lock.unlock()
    }
  }

  *control(): Op<StepValue> {
    const { lock } = this.#buffer.resv
    yield* lock.lock()
    try {
      const { mapType } = yield* this.#attached().map('bidirectional')
      return mapType
    } finally {
      lock.unlock()
    }
  }

  *close(): Op<void> {
    const attachment = this.#attached()
    yield* this.#buffer.resv.lock.lock()
    yield* this.#unmap(attachment)
    this.#buffer.resv.lock.unlock()
    if (this.#options.leaks === true) return
    yield* this.#buffer.detach(attachment)
    for (const { ended } of this.#workers) yield* waitFor(ended, 'worker')
    this.#buffer.put()
  }

  *#letGo(attachment: Attachment): Op<void> {
    if (this.#options.lets === 'never') return
    if (this.#options.lets === 'at once') return yield* this.#unmap(attachment)
    const { lock } = this.#buffer.resv
    const unmap = (): Op<void> => this.#unmap(attachment)
    const worker = this.#kernel.spawn(`worker(${attachment.device.name})`, function* () {
      yield* sleep(500)
      yield* lock.lock()
      yield* unmap()
      lock.unlock()
    })
    this.#workers.push(worker)
  }

  *#unmap(attachment: Attachment): Op<void> {
    if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
  }

  #attached(): Attachment {
    if (this.#attachment === undefined) throw new KernelError('EBADF', 'DMB-11', 'not attached')
    return this.#attachment
  }
}
