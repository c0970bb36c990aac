/**
 * A small driver that lends BARs, through public doors only: any part of a BAR, revoked and restored by words of its
 * own. Switches make it clumsy in the ways that the tests look for.
 */
import {
  advance,
  BUS,
  type Bus,
  type Completion,
  type Controls,
  type Device,
  DmaBuf,
  type DmaBufOps,
  done,
  type Exporter,
  type ExporterFile,
  type ExportRequest,
  freeSgt,
  initP2p,
  type Kernel,
  KERNEL,
  KernelError,
  type Op,
  p2pProvider,
  physVecToSgt,
  type Plugin,
  point,
  type RwSem,
  type Scope,
  sgtServices,
  type SgtServices,
  type StepValue,
} from '@barter/core'

export type Clumsy =
  /** Waits for unmaps with the reservation held. */
  | 'waits-with-resv'
  /** Forgets to give the memory lock back. */
  | 'keeps-memory-lock'
  /** Throws what is no error of the kernel. */
  | 'bug'
  /** Refuses every device. */
  | 'refuses'

export function lender(clumsy: readonly Clumsy[] = []): Plugin {
  return {
    name: 'lender',
    apply: ({ hooks }) => {
      hooks.exporter.for('lender').tap('lender', (run) => new Lender(run, clumsy))
    },
  }
}

const none = { type: 'object', additionalProperties: false }

class Lender implements Exporter {
  readonly driver = 'lender'
  readonly controls: Controls = {
    revoke: { summary: 'take the buffers back', args: none },
    restore: { summary: 'lend them again', args: none },
    command: {
      summary: 'write the command register',
      args: {
        ...none,
        properties: {
          memory: { type: 'boolean', description: 'decode memory' },
          ticks: { type: ['integer', 'string'], format: 'ticks', default: 0, description: 'how long it takes' },
        },
        required: ['memory'],
      },
    },
  }
  readonly #services: SgtServices
  readonly #kernel: Kernel
  readonly #bus: Bus
  readonly #clumsy: readonly Clumsy[]

  constructor(run: Scope, clumsy: readonly Clumsy[]) {
    this.#services = sgtServices(run)
    this.#kernel = run.get(KERNEL)
    this.#bus = run.get(BUS)
    this.#clumsy = clumsy
  }

  *probe(device: Device): Op<void> {
    yield* point('probe')
    device.lock.assertHeld()
    if (this.#clumsy.includes('refuses')) throw new KernelError('ENODEV', 'P2P-3', 'not this device')
    initP2p(device)
  }

  remove(device: Device): Op<void> {
    device.lock.assertHeld()
    return done(undefined)
  }

  open(device: Device): Op<ExporterFile> {
    const parts = { services: this.#services, kernel: this.#kernel, bus: this.#bus, clumsy: this.#clumsy }
    return done(new LenderFile(parts, device))
  }
}

interface Parts {
  readonly services: SgtServices
  readonly kernel: Kernel
  readonly bus: Bus
  readonly clumsy: readonly Clumsy[]
}

interface Lent {
  readonly buffer: DmaBuf
  readonly drained: Completion
  revoked: boolean
  mappings: number
}

class LenderFile implements ExporterFile {
  readonly device: Device
  readonly #parts: Parts
  readonly #memoryLock: RwSem
  readonly #lent = new Set<Lent>()
  #count = 0

  constructor(parts: Parts, device: Device) {
    this.#parts = parts
    this.device = device
    this.#memoryLock = parts.kernel.rwsem(`memory_lock(${device.name})`)
  }

  *export({ bar, ranges }: ExportRequest): Op<DmaBuf> {
    if (this.#parts.clumsy.includes('bug')) throw new TypeError('no such thing')
    const [range] = ranges
    const start = this.device.fn.bars.find((one) => one.index === bar)?.start
    const provider = p2pProvider(this.device, bar)
    if (range === undefined || start === undefined || provider === null) {
      throw new KernelError('EINVAL', 'VFIO-5', `BAR ${bar} cannot be lent`)
    }
    const piece = { offset: Number(range.offset), length: Number(range.length) }
    const request = {
      provider,
      pieces: [{ start: advance(start, piece.offset), length: piece.length }],
      target: [{ bar, ...piece }],
    }
    const { kernel, services } = this.#parts
    const ops: DmaBufOps = {
      map: (attachment, direction) => {
        if (lent.revoked) throw new KernelError('ENODEV', 'VFIO-26', `${lent.buffer.name} is revoked`)
        lent.mappings++
        return physVecToSgt(services, { attachment, direction, ...request })
      },
      unmap: (attachment, table, direction) => {
        lent.mappings--
        if (lent.revoked && lent.mappings === 0) lent.drained.complete()
        return freeSgt(services, attachment, table, direction)
      },
      release: () => this.#unlist(lent),
    }
    const name = `buffer of ${this.device.name} ${this.#count++}`
    const buffer = new DmaBuf({ kernel, ...services }, { name, exporter: 'lender', size: piece.length, ops })
    const lent: Lent = { buffer, drained: kernel.completion(`unmaps(${name})`), revoked: false, mappings: 0 }
    yield* this.#memoryLock.downWrite()
    this.#lent.add(lent)
    this.#memoryLock.upWrite()
    services.trace.emit({
      kind: 'export',
      buffer: name,
      device: this.device.name,
      bar,
      length: piece.length,
      state: 'live',
    })
    return buffer
  }

  *control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    yield* this.#memoryLock.downWrite()
    if (name === 'command') this.#decode(args.memory === true)
    else for (const lent of [...this.#lent]) yield* name === 'revoke' ? this.#revoke(lent) : this.#restore(lent)
    if (this.#parts.clumsy.includes('keeps-memory-lock')) return null
    this.#memoryLock.upWrite()
    return null
  }

  *close(): Op<void> {
    yield* this.#memoryLock.downWrite()
    for (const lent of [...this.#lent]) yield* this.#revoke(lent)
    this.#memoryLock.upWrite()
  }

  *#unlist(lent: Lent): Op<void> {
    yield* this.#memoryLock.downWrite()
    this.#lent.delete(lent)
    this.#memoryLock.upWrite()
  }

  #decode(on: boolean): void {
    this.#parts.bus.configWrite(this.device.bdf, 4, 2, on ? 6 : 4)
  }

  *#revoke(lent: Lent): Op<void> {
    if (lent.revoked || !lent.buffer.getActive()) return
    const { lock } = lent.buffer.resv
    yield* lock.lock()
    lent.revoked = true
    yield* lent.buffer.invalidate()
    yield* lent.buffer.resv.wait('bookkeep')
    if (this.#parts.clumsy.includes('waits-with-resv')) yield* this.#drain(lent)
    lock.unlock()
    yield* this.#drain(lent)
    lent.drained.rearm()
    this.#parts.services.witness.revoked(lent.buffer.name, 'the lender was told to')
    this.#parts.services.trace.emit({ kind: 'state', buffer: lent.buffer.name, state: 'revoked', rule: 'REV-2' })
    lent.buffer.put()
  }

  *#drain(lent: Lent): Op<void> {
    if (lent.mappings > 0) yield* lent.drained.wait('unmap')
  }

  *#restore(lent: Lent): Op<void> {
    const { lock } = lent.buffer.resv
    yield* lock.lock()
    lent.revoked = false
    lock.unlock()
    this.#parts.services.witness.restored(lent.buffer.name)
    this.#parts.services.trace.emit({ kind: 'state', buffer: lent.buffer.name, state: 'live', rule: 'REV-5' })
  }
}
