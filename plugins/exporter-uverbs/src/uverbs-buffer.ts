/** A lent entry: live until it is taken back, and never again (RDMA-18). */
import { ContractError, DmaBuf, MappingCount, type Op, type P2pProvider, runSteps } from '@barter/core'
import { bufferOps } from './buffer-ops.ts'
import type { MmapEntry } from './mmap-entry.ts'
import type { UverbsServices } from './services.ts'
import type { UverbsContext } from './uverbs-context.ts'

export interface UverbsBufferSpec {
  readonly name: string
  readonly entry: MmapEntry
  readonly provider: P2pProvider
  readonly context: UverbsContext
}

export class UverbsBuffer {
  readonly name: string
  readonly services: UverbsServices
  readonly entry: MmapEntry
  readonly provider: P2pProvider
  /** Of the process that lent it; another may hold the buffer by now. */
  readonly context: UverbsContext
  readonly dmabuf: DmaBuf
  readonly mappings: MappingCount
  #revoked = false
  #freed = false

  constructor(services: UverbsServices, { name, entry, provider, context }: UverbsBufferSpec) {
    this.name = name
    this.services = services
    this.entry = entry
    this.provider = provider
    this.context = context
    this.mappings = new MappingCount(services.kernel, name)
    const size = entry.place.length
    this.dmabuf = new DmaBuf(services, { name, exporter: 'ib_uverbs', size, ops: bufferOps(this) })
  }

  /** **Locks** read under the reservation or under the entry's lock. */
  get revoked(): boolean {
    return this.#revoked
  }

  /** **Locks** the entry's and the reservation are held. */
  setRevoked(): void {
    this.dmabuf.resv.lock.assertHeld()
    this.#revoked = true
    this.services.trace.emit({ kind: 'state', buffer: this.name, state: 'revoked', rule: 'RDMA-18' })
  }

  /** **Locks** the entry's is held. */
  unlist(): void {
    const { buffers } = this.entry
    const at = buffers.indexOf(this)
    if (at >= 0) buffers.splice(at, 1)
  }

  /** Its release is over. */
  free(): void {
    this.#freed = true
  }

  /** **Errors** `ContractError` INV-27 after its release: whoever comes has it on a list of memory that is free (BUG-13). */
  assertThere(): void {
    if (this.#freed) throw new ContractError('INV-27', `${this.name} is used after its release`)
  }

  /** Is the count right between operations, with so many mappings (INV-6)? */
  countAgrees(mapped: number): boolean {
    return this.mappings.agrees((this.#revoked ? 0 : 1) + mapped)
  }
}

/**
 * Take a buffer back for good, unless that is done: once this returns nobody has it mapped. `why` is for reports.
 * **Locks** the entry's is held; takes the reservation. Waits for importers without limit.
 */
export function* takeBack(buffer: UverbsBuffer, why: string): Op<void> {
  buffer.assertThere()
  if (buffer.revoked) return
  const { trace, protocols, witness } = buffer.services
  witness.revoking(buffer.name, why)
  yield* runSteps(trace, 'uverbs revoke', buffer.name, protocols.revoke, buffer)
  witness.revoked(buffer.name, why)
  trace.emit({ kind: 'state', buffer: buffer.name, state: 'dead', rule: 'RDMA-18' })
}
