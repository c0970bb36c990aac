/** A lent buffer. Its addresses are the old way's, its life is not: it is revoked at close like any (REV-8). */
import {
  type Attachment,
  type Completion,
  DmaBuf,
  type DmaBufServices,
  KernelError,
  type Op,
  type SgtServices,
} from '@barter/core'
import { buildTable, freeTable, type ResourceSpec } from './resource-table.ts'

export class ResourceBuffer {
  readonly dmabuf: DmaBuf
  readonly #services: DmaBufServices & SgtServices
  /** Armed at the revoke, done when the last mapping has gone. */
  readonly #unmapped: Completion
  #mappings = 0
  #revoked = false

  /** **Shape** `released`: the last reference is gone. */
  constructor(services: DmaBufServices & SgtServices, spec: ResourceSpec, name: string, released: () => Op<void>) {
    this.#services = services
    this.#unmapped = services.kernel.completion(`unmapped(${name})`)
    this.dmabuf = new DmaBuf(services, {
      name,
      exporter: 'vfio-pci-map-resource',
      size: spec.pieces.reduce((sum, piece) => sum + piece.length, 0),
      ops: {
        attach: (attachment) => this.#attach(attachment),
        map: (attachment, direction) => this.#map(() => buildTable(services, attachment, spec, direction)),
        unmap: (attachment, table, direction) => this.#unmap(() => freeTable(services, attachment, table, direction)),
        // It holds nothing of its device.
        release: released,
      },
    })
  }

  /** Everybody lets go, and nobody maps again. Returns when the last mapping is gone. **Locks** takes the reservation. */
  *revoke(): Op<void> {
    const { trace, witness } = this.#services
    const { resv, name } = this.dmabuf
    witness.revoking(name, 'the device file was closed')
    yield* resv.lock.lock()
    this.#revoked = true
    trace.emit({ kind: 'state', buffer: name, state: 'revoked', rule: 'REV-2' })
    yield* this.dmabuf.invalidate()
    yield* resv.wait('bookkeep')
    const mapped = this.#mappings > 0
    resv.lock.unlock()
    if (mapped) yield* this.#unmapped.wait('unmap')
    witness.revoked(name, 'the device file was closed')
    trace.emit({ kind: 'state', buffer: name, state: 'dead', rule: 'VFIO-24c' })
  }

  *#attach({ peer2peer, revocable, device }: Attachment): Op<void> {
    if (this.#revoked) throw revokedError(this.dmabuf.name)
    if (peer2peer && revocable) return
    throw new KernelError('EOPNOTSUPP', 'VFIO-25', `${device.name} cannot do P2P, or cannot be told to let go`)
  }

  *#map<T>(build: () => Op<T>): Op<T> {
    if (this.#revoked) throw revokedError(this.dmabuf.name)
    const table = yield* build()
    this.#mappings++
    return table
  }

  *#unmap(free: () => Op<void>): Op<void> {
    yield* free()
    this.#mappings--
    if (this.#revoked && this.#mappings === 0) this.#unmapped.complete()
  }
}

const revokedError = (name: string): KernelError => new KernelError('ENODEV', 'VFIO-26', `${name} is revoked`)
