/** One buffer: whom it lets in, how it is taken back, and how it is lent again. */
import {
  type Attachment,
  type Direction,
  DmaBuf,
  type DmaBufOps,
  freeSgt,
  type Kernel,
  KernelError,
  MappingCount,
  type Op,
  physVecToSgt,
  type SgtRequest,
  type SgtServices,
  type SgTable,
} from '@barter/core'

export interface LentSpec {
  readonly name: string
  /** What a map asks for: the memory, and how to get there. */
  readonly request: Pick<SgtRequest, 'provider' | 'pieces' | 'target'>
  /** The last reference is gone. */
  readonly release: () => Op<void>
}

export class LentBuffer {
  readonly buffer: DmaBuf
  readonly #services: SgtServices
  readonly #spec: LentSpec
  readonly #mappings: MappingCount
  #revoked = false

  constructor(services: SgtServices, kernel: Kernel, spec: LentSpec) {
    const { name, request } = spec
    const { trace, facts, witness } = services
    const size = request.pieces.reduce((sum, { length }) => sum + length, 0)
    this.#services = services
    this.#spec = spec
    this.#mappings = new MappingCount(kernel, name)
    this.buffer = new DmaBuf({ kernel, trace, facts, witness }, { name, exporter: 'sample', size, ops: this.#ops() })
  }

  /** When it returns nobody has a mapping (REV-2). **Locks** that of the file is held; takes the reservation. */
  *revoke(): Op<void> {
    // One that is about to be released has no importer left.
    if (this.#revoked || !this.buffer.getActive()) return
    const { resv, name } = this.buffer
    const { witness, trace } = this.#services
    witness.revoking(name, 'sample takes it back')
    yield* resv.lock.lock()
    this.#revoked = true
    yield* this.buffer.invalidate()
    yield* resv.wait('bookkeep')
    resv.lock.unlock()
    // An unmap needs the reservation, so it is not held here.
    this.#mappings.put()
    yield* this.#mappings.waitForAll()
    this.#mappings.rearm()
    witness.revoked(name, 'sample took it back')
    trace.emit({ kind: 'state', buffer: name, state: 'revoked', rule: 'REV-2' })
    this.buffer.put()
  }

  /** Importers are told, and may map again (REV-5, REV-6). **Locks** as `revoke`. */
  *restore(): Op<void> {
    if (!this.#revoked || !this.buffer.getActive()) return
    const { resv, name } = this.buffer
    yield* resv.lock.lock()
    yield* this.buffer.invalidate()
    this.#services.witness.restored(name)
    this.#revoked = false
    resv.lock.unlock()
    this.#services.trace.emit({ kind: 'state', buffer: name, state: 'live', rule: 'REV-5' })
    this.buffer.put()
  }

  #ops(): DmaBufOps {
    return {
      attach: (attachment) => this.#attach(attachment),
      map: (attachment, direction) => this.#map(attachment, direction),
      unmap: (attachment, table, direction) => this.#unmap(attachment, table, direction),
      release: () => this.#spec.release(),
    }
  }

  /** **Errors** as VFIO-25. */
  *#attach({ device, peer2peer, revocable }: Attachment): Op<void> {
    if (!peer2peer) throw new KernelError('EOPNOTSUPP', 'VFIO-25', `${device.name} does no peer to peer`)
    if (this.#revoked) throw new KernelError('ENODEV', 'VFIO-25', `${this.buffer.name} is taken back`)
    if (!revocable) throw new KernelError('EOPNOTSUPP', 'VFIO-25', `${device.name} cannot be told to let go`)
  }

  /** **Locks** the reservation is held. **Errors** ENODEV while it is taken back; those of the table. */
  *#map(attachment: Attachment, direction: Direction): Op<SgTable> {
    if (this.#revoked) throw new KernelError('ENODEV', 'VFIO-26', `${this.buffer.name} is taken back`)
    const table = yield* physVecToSgt(this.#services, { attachment, direction, ...this.#spec.request })
    this.#mappings.get()
    return table
  }

  /** **Locks** the reservation is held. Comes while it is taken back, too. */
  *#unmap(attachment: Attachment, table: SgTable, direction: Direction): Op<void> {
    yield* freeSgt(this.#services, attachment, table, direction)
    this.#mappings.put()
  }
}
