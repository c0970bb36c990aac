/**
 * A tar archive, plain or packed, to the tree of what is worth keeping. Everything streams; nothing is written to disk.
 */
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { UsageError } from '@barter/core'
import { extract, type Extract, type Header } from 'tar-stream'
import {
  captureBroken,
  captureEmpty,
  captureFormat,
  captureRefused,
  captureTooBig,
  captureTruncated,
} from '../errors.ts'
import { MemoryTree } from '../tree/memory-tree.ts'
import { type ArchiveFormat, archiveFormat, FORMAT_HEAD } from './archive-format.ts'
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.ts'
import { unpackBzip2, Bzip2Cut } from './bzip2.ts'
import { checkLink, entryPath } from './entry-name.ts'
import { Meter } from './meter.ts'
import { wantedBytes } from './wanted.ts'
import { unpackXz, xzTrouble } from './xz.ts'

export interface ArchiveSource {
  /** What people call it. */
  readonly name: string
  /** Bytes of the whole. */
  readonly length: number
  /** At least the first `FORMAT_HEAD` bytes, if there are so many. */
  readonly head: Uint8Array
  /** The bytes from the first on, at each call. */
  open(): Readable
}

/** An archive that is in memory already. */
export function archiveInMemory(name: string, bytes: Uint8Array): ArchiveSource {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 65_536) pieces.push(bytes.subarray(at, at + 65_536))
  return { name, length: bytes.length, head: bytes.subarray(0, FORMAT_HEAD), open: () => Readable.from(pieces) }
}

/**
 * The parts of an archived sysfs and procfs that inspection looks at.
 *
 * **Errors** `CAPTURE_EMPTY`, `CAPTURE_FORMAT`, `CAPTURE_BROKEN`, `CAPTURE_TRUNCATED`, `CAPTURE_REFUSED` for an entry
 * that would leave the archive or is a device node, `CAPTURE_TOO_BIG`.
 */
export async function readArchive(source: ArchiveSource, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<MemoryTree> {
  if (source.length === 0) throw captureEmpty(source.name)
  const format = archiveFormat(source.head)
  if (typeof format === 'object') throw captureFormat(source.name, format.unknown)
  const most = format === 'bzip2' ? limits.packedBzip2 : limits.packed
  if (source.length > most) throw captureTooBig(source.name, 'the file', most, 'bytes')

  const keeper = new Keeper(source.name, limits)
  const meter = new Meter(source.name, source.length, format, limits)
  const tar = extract()
  tar.on('entry', (header, content, next) => {
    // What goes wrong inside an entry reaches us through the archive as well; here it only needs a listener.
    content.on('error', () => undefined)
    keeper.take(header, content as AsyncIterable<Uint8Array>).then(
      () => next(),
      (error: unknown) => next(error instanceof Error ? error : new Error(String(error))),
    )
  })
  try {
    await unpack(source, format, meter, tar)
  } catch (error) {
    throw explained(source.name, format, keeper.entries, error)
  }
  if (keeper.entries === 0) throw captureFormat(source.name, 'an archive with nothing in it')
  if (!meter.ended) throw captureTruncated(source.name, 'the mark at the end of a tar archive is missing')
  return keeper.tree
}

/**
 * Hand the unpacked bytes of a packed file that is no archive to `take`, as of a text that somebody packed.
 *
 * **Errors** `CAPTURE_TOO_BIG`, `CAPTURE_BROKEN`, `CAPTURE_TRUNCATED`, and those of `take`.
 */
export async function readPacked<T>(
  source: ArchiveSource,
  take: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<T> {
  const format = archiveFormat(source.head)
  if (typeof format === 'object' || format === 'tar') return take(source.open())
  const meter = new Meter(source.name, source.length, format, limits)
  const results: T[] = []
  const end = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => void results.push(await take(pieces))
  try {
    if (format === 'xz') await pipeline(unpackXz(source.open()), meter, end)
    else if (format === 'bzip2') await pipeline(source.open(), bunzip(meter), meter, end)
    else await pipeline(source.open(), createGunzip(), meter, end)
  } catch (error) {
    throw explained(source.name, format, 1, error)
  }
  return results[0] as T
}

async function unpack(source: ArchiveSource, format: ArchiveFormat, meter: Meter, tar: Extract): Promise<void> {
  // Types only: a Writable of streamx is one that Node's pipeline can drive.
  const sink = tar as unknown as NodeJS.WritableStream
  if (format === 'tar') return pipeline(source.open(), meter, sink)
  if (format === 'bzip2') return pipeline(source.open(), bunzip(meter), meter, sink)
  if (format === 'xz') return pipeline(unpackXz(source.open()), meter, sink)
  return pipeline(source.open(), createGunzip(), meter, sink)
}

/** Collects everything, then unpacks in one go. */
function bunzip(meter: Meter): Transform {
  const pieces: Uint8Array[] = []
  return new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      pieces.push(piece)
      done()
    },
    flush(done) {
      let length = 0
      try {
        unpackBzip2(Buffer.concat(pieces), (piece) => {
          length += piece.length
          meter.check(length)
          this.push(piece)
        })
        done()
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
}

/** Decides about each entry and keeps the ones that are worth it. */
class Keeper {
  readonly tree: MemoryTree
  entries = 0
  readonly #archive: string
  readonly #limits: ArchiveLimits
  #keptBytes = 0

  constructor(archive: string, limits: ArchiveLimits) {
    this.#archive = archive
    this.#limits = limits
    this.tree = new MemoryTree(archive)
  }

  async take(header: Header, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (++this.entries > this.#limits.entries) throw this.#tooMany('entries', this.#limits.entries)
    const path = entryPath(this.#archive, header.name, this.#limits)
    const wanted = wantedBytes(path)
    switch (header.type) {
      case 'block-device':
      case 'character-device':
      case 'fifo':
        throw captureRefused(this.#archive, path, 'is a device node or a pipe')
      case 'symlink': {
        const target = header.linkname ?? ''
        checkLink(this.#archive, path, target, this.#limits)
        if (wanted !== undefined) this.#keep(path.length + target.length, () => this.tree.addLink(path, target))
        break
      }
      case 'link': {
        // A second name of a file that came earlier.
        const original = entryPath(this.#archive, header.linkname ?? '', this.#limits)
        const bytes = this.tree.read(original, wanted ?? 0)
        if (wanted !== undefined && bytes !== undefined) this.#keep(path.length, () => this.tree.addFile(path, bytes))
        break
      }
      case 'directory':
        if (wanted !== undefined) this.#keep(path.length, () => this.tree.addDirectory(path))
        // The stream of a folder that claims a length never ends, so it is not read.
        return
      case 'file':
      case 'contiguous-file': {
        const bytes = await firstBytes(content, wanted ?? 0)
        if (wanted !== undefined) this.#keep(path.length + bytes.length, () => this.tree.addFile(path, bytes))
        return
      }
    }
    // The type may be one that nobody knows; its content streams by as well.
    await firstBytes(content, 0)
  }

  #keep(bytes: number, add: () => void): void {
    this.#keptBytes += bytes
    if (this.#keptBytes > this.#limits.keptBytes) {
      throw captureTooBig(this.#archive, 'what is worth keeping of it', this.#limits.keptBytes, 'bytes')
    }
    add()
    if (this.tree.size > this.#limits.keptEntries) throw this.#tooMany('PCI entries', this.#limits.keptEntries)
  }

  #tooMany(what: string, limit: number): UsageError {
    return captureTooBig(this.#archive, `it has too many ${what}`, limit, 'count')
  }
}

/** Read a stream to its end and keep the first bytes of it. */
async function firstBytes(content: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let left = limit
  for await (const piece of content) {
    if (left <= 0) continue
    // A copy, or the whole piece of archive around it would stay in memory.
    pieces.push(piece.slice(0, left))
    left -= piece.length
  }
  return Buffer.concat(pieces)
}

/** The libraries' errors in our words. */
function explained(name: string, format: ArchiveFormat, entries: number, error: unknown): Error {
  if (error instanceof UsageError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'Z_BUF_ERROR') return captureTruncated(name, 'the gzip data does not end', error)
  if (error instanceof Bzip2Cut) return captureTruncated(name, 'the bzip2 data does not end', error)
  const xz = xzTrouble(message)
  if (xz !== undefined) return xz.cut ? captureTruncated(name, xz.what, error) : captureBroken(name, xz.what, error)
  if (message === 'incorrect header check')
    return captureBroken(name, 'the gzip data is followed by something else', error)
  if (typeof code === 'string' && code.startsWith('Z_')) return captureBroken(name, `gzip says ${message}`, error)
  if (message === 'Not bzip data: bad magic')
    return captureBroken(name, 'the bzip2 data is followed by something else', error)
  if (/^(Invalid tar header|Unexpected end of data)/.test(message)) {
    if (entries === 0 && format !== 'tar') return captureFormat(name, `packed with ${format}, but not a tar archive`)
    if (message.startsWith('Unexpected')) return captureTruncated(name, 'it ends inside an entry', error)
    return captureBroken(name, `entry ${entries + 1} has no valid tar header`, error)
  }
  return captureBroken(name, message, error)
}
