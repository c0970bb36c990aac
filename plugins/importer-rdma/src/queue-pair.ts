/** The queue pair of a region's transfers: after an error it works again only when user space has recovered it. */
import { type AccessResult, type Errno, type Kernel, type Shared, SharedCount } from '@barter/core'
import type { RegionOptions } from './region-options.ts'

export interface Cause {
  readonly errno?: Errno
  readonly rule: string
}

/** Completion status words of the verbs, for whoever started the transfer. */
const STATUS = {
  protection: { local: 'local protection error', remote: 'remote access error' },
  operation: { local: 'local QP operation error', remote: 'remote operation error' },
} as const

export class QueuePair {
  readonly #initiator: RegionOptions['initiator']
  /** For explorers: its state and its errors. */
  readonly #shared: Shared
  /** Those under way. */
  readonly #transfers: SharedCount
  #failed = false
  /**
   * Counts errors, so that a transfer can tell that the pair broke under it although it was recovered since. From 0 again when
   * none is under way any more: else no two errors would ever leave the pair as it was.
   */
  #errors = 0

  constructor(kernel: Kernel, initiator: RegionOptions['initiator']) {
    this.#initiator = initiator
    this.#shared = kernel.shared('queue pair')
    this.#transfers = new SharedCount(kernel, 'transfers of a queue pair')
  }

  get state(): 'ready' | 'error' {
    this.#shared.readValue(this.#value)
    return this.#failed ? 'error' : 'ready'
  }

  /** As long as a transfer is under way. */
  get errors(): number {
    this.#shared.readValue(this.#value)
    return this.#errors
  }

  /** A transfer begins, and ends. */
  begin(): void {
    this.#transfers.add()
  }

  end(): void {
    this.#transfers.take()
    if (this.errors === 0 || this.#transfers.read() > 0) return
    this.#errors = 0
    this.#shared.writeValue(this.#value)
  }

  /** RDMA-15. */
  recover(): void {
    this.#failed = false
    this.#shared.writeValue(this.#value)
  }

  /** The pair goes to error, and the transfer completes with it (RDMA-14). */
  fail(kind: keyof typeof STATUS, cause?: Cause): AccessResult {
    this.#failed = true
    this.#errors++
    this.#shared.writeValue(this.#value)
    return { ok: false, status: STATUS[kind][this.#initiator], ...cause }
  }

  get #value(): number {
    return 2 * this.#errors + (this.#failed ? 1 : 0)
  }
}

/** How the other transfers of a pair end that went to error. */
export const FLUSHED: AccessResult = { ok: false, status: 'work request flushed error', rule: 'RDMA-14' }
