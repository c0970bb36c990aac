/** Counts what an archive unpacks to and stops it when that is beyond the limits. */
import { Transform, type TransformCallback } from 'node:stream'
import type { UsageError } from '@barter/core'
import { captureTooBig } from '../errors.ts'
import type { ArchiveFormat } from './archive-format.ts'
import type { ArchiveLimits } from './archive-limits.ts'

/** A tar archive ends with blocks of this many zeros. */
const BLOCK = 512

export class Meter extends Transform {
  readonly #archive: string
  readonly #packed: number
  readonly #most: number
  readonly #limits: ArchiveLimits
  #length = 0
  #zeros = 0

  constructor(archive: string, packed: number, format: ArchiveFormat, limits: ArchiveLimits) {
    super()
    this.#archive = archive
    this.#packed = packed
    this.#limits = limits
    this.#most = format === 'bzip2' ? limits.unpackedBzip2 : limits.unpacked
  }

  /** The bytes so far end with a block of zeros. */
  get ended(): boolean {
    return this.#zeros >= BLOCK
  }

  /** **Errors** `CAPTURE_TOO_BIG`. **Units** `length` in unpacked bytes. */
  check(length: number): void {
    const error = this.#excess(length)
    if (error !== undefined) throw error
  }

  override _transform(piece: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#length += piece.length
    const error = this.#excess(this.#length)
    if (error !== undefined) return done(error)
    let zeros = 0
    while (zeros < piece.length && zeros < BLOCK && piece[piece.length - 1 - zeros] === 0) zeros++
    this.#zeros = zeros < piece.length ? zeros : Math.min(BLOCK, this.#zeros + zeros)
    done(null, piece)
  }

  #excess(length: number): UsageError | undefined {
    const { anyRatio, ratio } = this.#limits
    if (length > this.#most) return captureTooBig(this.#archive, 'its unpacked content', this.#most, 'bytes')
    if (length > anyRatio && length > ratio * this.#packed) {
      return captureTooBig(
        this.#archive,
        'it unpacks to far more than it is, as an archive made to do harm does; ratio',
        ratio,
        'count',
      )
    }
    return undefined
  }
}
