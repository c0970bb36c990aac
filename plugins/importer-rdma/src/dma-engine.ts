/**
 * The NIC's DMA engine: moves a transfer piece by piece, each through the translation table as it is at that moment, so
 * that a revoke can come between any two.
 */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Bus,
  type Device,
  type DmaResult,
  type Errno,
  MiB,
  type Op,
} from '@barter/core'
import type { MemoryKey, TranslationTable } from './memory-key.ts'
import { type Cause, FLUSHED, type QueuePair } from './queue-pair.ts'
import type { RegionOptions } from './region-options.ts'
import type { Segment } from './umem-dmabuf.ts'

/** Longer reads move their packets all the same, but give no bytes back. */
const READ_BACK_LIMIT = 16 * MiB

/** What the driver makes of a page fault: the engine looks again, or gives up. */
export type FaultAnswer =
  { readonly kind: 'resume' } | { readonly kind: 'resume-with-error'; readonly errno: Errno; readonly rule: string }

export interface EngineParts {
  readonly bus: Bus
  readonly device: Device
  readonly key: MemoryKey
  readonly options: RegionOptions
  /** Bytes of the region. */
  readonly length: number
  /** Raise a page fault and wait for the answer. Without it a missing translation is an access error at once. */
  readonly fault?: () => Op<FaultAnswer>
}

export class DmaEngine {
  readonly #parts: EngineParts
  readonly #queuePair: QueuePair

  constructor(parts: EngineParts, queuePair: QueuePair) {
    this.#parts = parts
    this.#queuePair = queuePair
  }

  /** Move `length` bytes. How it ended is a completion; nothing is thrown. */
  *transfer(request: AccessRequest): Op<AccessResult> {
    this.#queuePair.begin()
    try {
      return yield* this.#move(request)
    } finally {
      this.#queuePair.end()
    }
  }

  *#move(request: AccessRequest): Op<AccessResult> {
    const { key, fault } = this.#parts
    const queuePair = this.#queuePair
    const before = queuePair.errors
    if (!this.#allowed(request)) return queuePair.fail('protection', { rule: 'RDMA-6' })
    const back =
      request.access === 'read' && request.length <= READ_BACK_LIMIT ? new Uint8Array(request.length) : undefined
    for (let done = 0; done < request.length;) {
      if (queuePair.errors !== before) return FLUSHED
      if (!key.valid) return queuePair.fail('protection', { rule: 'RDMA-6' })
      const { table } = key
      if (table === null) {
        if (fault === undefined) return queuePair.fail('protection', { rule: 'RDMA-6' })
        const answer = yield* fault()
        if (answer.kind === 'resume') continue
        return queuePair.errors === before ? queuePair.fail('protection', causeOf(answer)) : FLUSHED
      }
      const segment = segmentAt(table, request.offset + done)
      const length = this.#pieceLength(segment, request, done)
      // Nobody runs between the look at the table and this line; whoever zaps the table waits for the landing.
      key.began()
      let result: DmaResult
      try {
        result = yield* this.#movePiece(table, segment, request, done, length)
      } finally {
        key.landed()
      }
      if (!result.arrived) return queuePair.fail('operation', { rule: 'HAZ-2' })
      if (result.data !== undefined) back?.set(result.data, done)
      done += length
    }
    return { ok: true, status: 'success', ...(back === undefined ? {} : { data: back }) }
  }

  /** Inside the region, and within its rights. */
  #allowed({ access, offset, length }: AccessRequest): boolean {
    const { options } = this.#parts
    if (offset < 0 || length < 0 || offset + length > this.#parts.length) return false
    if (options.initiator === 'remote') return options.access.includes(`remote-${access}`)
    return access === 'read' || options.access.includes('local-write')
  }

  #pieceLength(segment: Segment, request: AccessRequest, done: number): number {
    const left = segment.start + segment.length - (request.offset + done)
    return Math.min(this.#parts.options.mtu, left, request.length - done)
  }

  #movePiece(
    table: TranslationTable,
    segment: Segment,
    request: AccessRequest,
    done: number,
    length: number,
  ): Op<DmaResult> {
    const { bus, device, key } = this.#parts
    const data = request.data === undefined ? undefined : pieceOf(request.data, done, length)
    const { access } = request
    const at = advance(segment.address, request.offset + done - segment.start)
    const { mapping } = table
    const { by } = key
    return data === undefined
      ? bus.dma({ from: device, access, at, length, mapping, by })
      : bus.dma({ from: device, access, at, length, mapping, by, data })
  }
}

const causeOf = ({ errno, rule }: { errno: Errno; rule: string }): Cause => ({ errno, rule })

function segmentAt(table: TranslationTable, offset: number): Segment {
  const found = table.segments.find(({ start, length }) => offset >= start && offset < start + length)
  if (found === undefined) throw new RangeError(`no segment holds offset ${offset}`)
  return found
}

/** The bytes of a repeating pattern from `at` on. */
function pieceOf(pattern: Uint8Array, at: number, length: number): Uint8Array {
  if (pattern.length === 0 || at + length <= pattern.length) return pattern.subarray(at, at + length)
  return Uint8Array.from(
    { length: Math.min(length, pattern.length) },
    (_, i) => pattern[(at + i) % pattern.length] ?? 0,
  )
}
