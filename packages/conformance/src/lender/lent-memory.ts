/** The memory behind a lent buffer, as the CPU of the lender sees it: to put patterns there, and to look who changed them. */
import { advance, type Bus, type Op, type PhysAddr } from '@barter/core'

export interface LentPiece {
  readonly start: PhysAddr
  readonly length: number
}

const GUARD = Uint8Array.of(0xee)
/** Bytes at the begin of a buffer that are guarded: a pattern in all of a large one would take long. */
const GUARDED = 64 * 1024

export class LentMemory {
  readonly #bus: Bus
  readonly #pieces: readonly LentPiece[]
  readonly #size: number
  #guarded = false

  constructor(bus: Bus, pieces: readonly LentPiece[]) {
    this.#bus = bus
    this.#pieces = pieces
    this.#size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  }

  /** Bytes from `offset` of the buffer on. */
  *read(offset: number, length: number): Op<Uint8Array> {
    const whole = new Uint8Array(length)
    for (const part of this.#parts(offset, length)) {
      const { data } = yield* this.#bus.cpu('read', part.at, part.length)
      if (data !== undefined) whole.set(data.subarray(0, part.length), part.done)
    }
    return whole
  }

  /** From now on nobody has any business here. */
  *guard(): Op<void> {
    for (const part of this.#parts(0, Math.min(this.#size, GUARDED))) {
      yield* this.#bus.cpu('write', part.at, part.length, GUARD)
    }
    this.#guarded = true
  }

  /** Offset of a byte that was changed since `guard`, which ends here. */
  *changed(): Op<number | undefined> {
    if (!this.#guarded) return undefined
    this.#guarded = false
    const bytes = yield* this.read(0, Math.min(this.#size, GUARDED))
    const at = bytes.findIndex((byte) => byte !== GUARD[0])
    return at < 0 ? undefined : at
  }

  #parts(offset: number, length: number): readonly { at: PhysAddr; length: number; done: number }[] {
    const parts: { at: PhysAddr; length: number; done: number }[] = []
    let start = 0
    let done = 0
    for (const piece of this.#pieces) {
      const into = offset + done - start
      start += piece.length
      const part = Math.min(length - done, piece.length - into)
      if (into >= piece.length || part <= 0) continue
      parts.push({ at: advance(piece.start, into), length: part, done })
      done += part
    }
    return parts
  }
}
