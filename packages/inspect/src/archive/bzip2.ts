/// <reference path="./seek-bzip.d.ts" />
/** bzip2, unpacked in one go: the library pulls the packed bytes and hands out one unpacked byte after the other. */
import Bunzip from 'seek-bzip'

/** Unpacked bytes come in pieces of this size. */
const PIECE = 65_536

/** The packed bytes end in the middle of a block. */
export class Bzip2Cut extends Error {}

/**
 * Unpack all streams of `packed`, checksums compared, into `take`. What `take` throws ends the work.
 *
 * **Errors** `Bzip2Cut`, or any other error for bytes that are no bzip2.
 */
export function unpackBzip2(packed: Uint8Array, take: (piece: Uint8Array) => void): void {
  const sink = new Sink(take)
  Bunzip.decode(new Source(packed), sink, true)
  sink.flush()
}

class Source extends Bunzip.Stream {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    super()
    this.#bytes = bytes
  }

  override readByte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Bzip2Cut('the last block is not whole')
    return byte
  }

  /** Called for the four bytes at the head of each stream: says how many there were. */
  override read(buffer: Uint8Array, offset: number, length: number): number {
    const part = this.#bytes.subarray(this.#at, this.#at + length)
    buffer.set(part, offset)
    this.#at += part.length
    return part.length
  }

  eof(): boolean {
    return this.#at >= this.#bytes.length
  }
}

class Sink extends Bunzip.Stream {
  readonly #take: (piece: Uint8Array) => void
  #piece = new Uint8Array(PIECE)
  #length = 0

  constructor(take: (piece: Uint8Array) => void) {
    super()
    this.#take = take
  }

  override writeByte(byte: number): void {
    this.#piece[this.#length++] = byte
    if (this.#length === PIECE) this.flush()
  }

  override flush(): void {
    if (this.#length === 0) return
    this.#take(this.#piece.subarray(0, this.#length))
    this.#piece = new Uint8Array(PIECE)
    this.#length = 0
  }
}
