/** One lent buffer: what its importers may do (VFIO-24 to VFIO-27), and how it is taken back (REV-2) and lent again (REV-5). */
import {
  type Attachment,
  type Completion,
  ContractError,
  type Device,
  type Direction,
  DmaBuf,
  type DmaBufOps,
  done,
  failPoint,
  freeSgt,
  type Kernel,
  KernelError,
  type Op,
  type Shared,
  type PhysRange,
  physVecToSgt,
  type SgtRequest,
  type SgtServices,
  type SgTable,
} from '@barter/core'
import type { Ledger } from './ledger.ts'
import type { LenderOptions, Meddle } from './lender-options.ts'
import type { LentMemory } from './lent-memory.ts'
import { MeddledBuffer } from './meddled-buffer.ts'
import { StrictTables } from './strict-tables.ts'

export interface LentParts {
  readonly services: SgtServices
  readonly kernel: Kernel
  readonly ledger: Ledger
  readonly device: Device
  readonly options: Required<Pick<LenderOptions, 'admits' | 'pins' | 'guards'>>
  /** A revoke waits for fences and unmaps (GEN-9); in the first generation it told, and went on. */
  readonly waits: boolean
  readonly meddle: Meddle | undefined
}

export interface LentSpec {
  readonly name: string
  readonly size: number
  readonly memory: LentMemory
  /** What a map asks of the P2PDMA core. */
  readonly request: Pick<SgtRequest, 'provider' | 'pieces' | 'target'>
  /** The last reference is gone. */
  readonly release: () => Op<void>
}

export class LentBuffer {
  readonly buffer: DmaBuf
  readonly #parts: LentParts
  readonly #spec: LentSpec
  readonly #tables = new StrictTables()
  readonly #pins = new Map<Attachment, number>()
  readonly #drained: Completion
  /** For explorers: `attach` looks at the flag under no lock. */
  readonly #flag: Shared
  #revoked = false

  constructor(parts: LentParts, spec: LentSpec) {
    this.#parts = parts
    this.#spec = spec
    const { kernel, services, meddle } = parts
    this.#drained = kernel.completion(`unmaps(${spec.name})`)
    this.#flag = kernel.shared('flag of a lent buffer')
    const described = { name: spec.name, exporter: 'lender', size: spec.size, ops: this.#ops() }
    const { trace, facts, witness } = services
    const given = { kernel, trace, facts, witness }
    this.buffer = meddle === undefined ? new DmaBuf(given, described) : new MeddledBuffer(given, described, meddle)
  }

  get #isRevoked(): boolean {
    this.#flag.readValue(this.#revoked ? 1 : 0)
    return this.#revoked
  }

  #setRevoked(revoked: boolean): void {
    this.#revoked = revoked
    this.#flag.writeValue(revoked ? 1 : 0)
  }

  /** **Locks** the memory lock is held for writing. */
  *revoke(): Op<void> {
    if (this.#isRevoked || !this.buffer.getActive()) return
    const { resv, name } = this.buffer
    const { services, waits, options } = this.#parts
    services.witness.revoking(name, 'the lender was told to')
    yield* resv.lock.lock()
    this.#setRevoked(true)
    yield* this.buffer.invalidate()
    if (waits) yield* resv.wait('bookkeep')
    resv.lock.unlock()
    if (waits && this.#tables.count > 0) yield* this.#drained.wait('unmap')
    this.#drained.rearm()
    services.witness.revoked(name, 'the lender was told to')
    services.trace.emit({ kind: 'state', buffer: name, state: 'revoked', rule: 'REV-2' })
    if (options.guards) yield* this.#spec.memory.guard()
    this.buffer.put()
  }

  /** Every importer is told once more, with nothing mapped (REV-6). **Locks** the memory lock is held for writing. */
  *restore(): Op<void> {
    if (!this.#isRevoked || !this.buffer.getActive()) return
    const { lock } = this.buffer.resv
    const { services } = this.#parts
    yield* this.checkGuard()
    yield* lock.lock()
    yield* this.buffer.invalidate()
    services.witness.restored(this.buffer.name)
    this.#setRevoked(false)
    lock.unlock()
    services.trace.emit({ kind: 'state', buffer: this.buffer.name, state: 'live', rule: 'REV-5' })
    this.buffer.put()
  }

  /** Did anybody write since the revoke returned? */
  *checkGuard(): Op<void> {
    const at = yield* this.#spec.memory.changed()
    if (at === undefined) return
    this.#parts.services.witness.broken(
      'INV-1',
      'REV-4',
      `byte ${at} of ${this.buffer.name} changed after its revoke had returned: a device still writes`,
    )
  }

  /** Work of the lender that importers have to wait for (DMB-15). **Shape** `over` ends it. */
  *busy(over: (end: () => void) => void): Op<void> {
    const { kernel } = this.#parts
    const fence = kernel.fence('a move')
    yield* this.buffer.resv.locked(() => done(this.buffer.resv.addFence(fence, 'kernel')))
    over(() => {
      fence.signal()
    })
  }

  #ops(): DmaBufOps {
    const { pins } = this.#parts.options
    return {
      attach: (attachment) => this.#attach(attachment),
      detach: (attachment) => done(this.#detach(attachment)),
      map: (attachment, direction) => this.#map(attachment, direction),
      unmap: (attachment, table, direction) => this.#unmap(attachment, table, direction),
      physRanges: () => this.#physRanges(),
      release: () => this.#spec.release(),
      ...(pins === 'none'
        ? {}
        : {
            pin: (attachment) => done(this.#pin(attachment)),
            unpin: (attachment) => done(this.#unpin(attachment)),
          }),
    }
  }

  /** In the order of VFIO-25. */
  *#attach(attachment: Attachment): Op<void> {
    const { options, ledger, meddle } = this.#parts
    const { name } = this.buffer
    this.#fail('dmabuf:attach', 'DMB-9')
    const strict = options.admits === 'revocable'
    if (strict && !attachment.peer2peer) throw new KernelError('EOPNOTSUPP', 'VFIO-25', 'not peer to peer')
    if (this.#isRevoked) throw new KernelError('ENODEV', 'VFIO-25', `${name} is revoked`)
    if (strict && this.#parts.waits && this.#revocableOnly && !attachment.revocable) {
      throw new KernelError('EOPNOTSUPP', 'VFIO-25', 'it cannot be told to let go')
    }
    ledger.attached(attachment)
    if (meddle !== undefined) yield* meddle('accepted')
  }

  get #revocableOnly(): boolean {
    const { generation } = this.#parts.services.facts
    return generation === 'G2' || generation === 'G2r'
  }

  #detach(attachment: Attachment): void {
    const pins = this.#pins.get(attachment) ?? 0
    this.#pins.delete(attachment)
    if (pins === 0) return
    throw new ContractError('DMB-12', `${attachment.device.name} detaches ${this.buffer.name} with ${pins} pins`)
  }

  *#map(attachment: Attachment, direction: Direction): Op<SgTable> {
    this.#fail('dmabuf:map', 'DMB-13')
    if (this.#isRevoked) throw new KernelError('ENODEV', 'VFIO-26', `${this.buffer.name} is revoked`)
    const { services, ledger } = this.#parts
    const table = yield* physVecToSgt(services, { attachment, direction, ...this.#spec.request })
    this.#tables.give(table, direction)
    ledger.mapped(attachment, table, direction)
    return table
  }

  *#unmap(attachment: Attachment, table: SgTable, direction: Direction): Op<void> {
    this.#tables.takeBack(attachment, table, direction)
    yield* freeSgt(this.#parts.services, attachment, table, direction)
    if (this.#tables.count === 0 && this.#isRevoked) this.#drained.complete()
  }

  /** The private interconnect: what importers that map by themselves are told (IFD-4). */
  *#physRanges(): Op<readonly PhysRange[]> {
    const { name, resv } = this.buffer
    resv.lock.assertHeld()
    if (this.#isRevoked) throw new KernelError('ENODEV', 'IFD-4', `${name} is revoked`)
    return this.#spec.request.pieces
  }

  #pin(attachment: Attachment): void {
    this.#fail('dmabuf:pin', 'DMB-12')
    if (this.#parts.options.pins === 'refuses') {
      throw new KernelError('EOPNOTSUPP', 'GEN-4', 'a lent BAR cannot be pinned')
    }
    this.#parts.ledger.pinned()
    this.#pins.set(attachment, (this.#pins.get(attachment) ?? 0) + 1)
  }

  #unpin(attachment: Attachment): void {
    const left = (this.#pins.get(attachment) ?? 0) - 1
    if (left < 0)
      throw new ContractError('DMB-12', `${attachment.device.name} unpins ${this.buffer.name} once too often`)
    this.#pins.set(attachment, left)
  }

  #fail(point: string, rule: string): void {
    failPoint(this.#parts.services.hooks, point, this.#parts.device, 'ENOMEM', rule)
  }
}
