/** A job on a GPU: it moves data page by page, each through the page table as it is at that moment. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Bus,
  type Device,
  type DmaAddr,
  type InFlight,
  KiB,
  MiB,
  type Op,
  type SgTable,
  sleep,
} from '@barter/core'

const PAGE = 4 * KiB
/** Longer reads move their packets all the same, but give no bytes back. */
const READ_BACK_LIMIT = 16 * MiB

export interface JobRequest extends AccessRequest {
  /** How long it takes beside its transfers. */
  readonly ticks: number
}

export interface JobParts {
  readonly bus: Bus
  readonly device: Device
  /** The addresses behind the object now; `null`: none. */
  readonly look: () => SgTable | null
  /** Ask for addresses where none are. Gives what ends the job, or nothing if it may look again. Without it the job ends. */
  readonly fault?: () => Op<AccessResult | undefined>
  /** Counts each piece, from the look to the landing. */
  readonly inFlight?: InFlight
}

const PAGE_FAULT: AccessResult = { ok: false, status: 'GPU page fault', rule: 'DRM-2' }
const NO_ANSWER: AccessResult = { ok: false, status: 'bus error', rule: 'HAZ-2' }

/** Run it. How it ends is a result; nothing is thrown. **Shape** `by`: name of the job, for reports. */
export function* runJob(parts: JobParts, by: string, request: JobRequest): Op<AccessResult> {
  const { access, offset, length, ticks } = request
  const back = access === 'read' && length <= READ_BACK_LIMIT ? new Uint8Array(length) : undefined
  // Slept between the pieces, so that a revoke can come anywhere in the job.
  const pause = Math.floor(ticks / Math.max(1, Math.ceil(length / PAGE)))
  for (let done = 0; done < length;) {
    const table = parts.look()
    if (table === null) {
      const end = parts.fault === undefined ? PAGE_FAULT : yield* parts.fault()
      if (end !== undefined) return end
      continue
    }
    const piece = pieceAt(table, offset + done, Math.min(PAGE, length - done))
    if (piece === undefined) return PAGE_FAULT
    const data = request.data === undefined ? undefined : partOf(request.data, done, piece.length)
    const result = yield* move(parts, by, table, piece, access, data)
    if (!result.arrived) return NO_ANSWER
    if (result.data !== undefined) back?.set(result.data, done)
    done += piece.length
    if (pause > 0) yield* sleep(pause)
  }
  return { ok: true, status: 'success', ...(back === undefined ? {} : { data: back }) }
}

interface Piece {
  readonly address: DmaAddr
  readonly length: number
}

function* move(
  { bus, device, inFlight }: JobParts,
  by: string,
  { mapping }: SgTable,
  { address: at, length }: Piece,
  access: AccessRequest['access'],
  data: Uint8Array | undefined,
) {
  // Nobody runs between the look and this line.
  inFlight?.begin()
  try {
    return yield* data === undefined
      ? bus.dma({ from: device, access, at, length, mapping, by })
      : bus.dma({ from: device, access, at, length, mapping, by, data })
  } finally {
    inFlight?.end()
  }
}

/** Where the byte at `offset` of the object is, and for how many bytes, at most `most`. `undefined`: beyond its end. */
function pieceAt(table: SgTable, offset: number, most: number): Piece | undefined {
  let start = 0
  for (const { address, length } of table.entries) {
    const into = offset - start
    if (into >= 0 && into < length) return { address: advance(address, into), length: Math.min(most, length - into) }
    start += length
  }
  return undefined
}

/** The bytes of a repeating pattern from `at` on. */
function partOf(pattern: Uint8Array, at: number, length: number): Uint8Array {
  if (pattern.length === 0 || at + length <= pattern.length) return pattern.subarray(at, at + length)
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = pattern[(at + i) % pattern.length] ?? 0
  return bytes
}
